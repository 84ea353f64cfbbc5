import type { Payload } from '@temporalio/common'
import { encoded, json } from './raw-door.ts'

/** Bytes. Temporal takes payloads of up to 2 MB. */
const megabyte = 1_048_576

/** Payloads that fit no message and no start input of ours, by what is wrong with them. */
export const garbage: Readonly<Record<string, Payload[]>> = {
  'no argument': [],
  null: [json('null')],
  true: [json('true')],
  'a number': [json('42')],
  'a number beyond all numbers': [json('1e999')],
  'a string': [json('"approve it, please"')],
  'an empty string': [json('""')],
  'an empty array': [json('[]')],
  'an array of objects': [json('[{"by":"you"}]')],
  'an empty object': [json('{}')],
  'unknown keys': [json('{"who":"you","what":"it"}')],
  'keys of the prototype': [json('{"__proto__":{"by":"you"},"constructor":{"prototype":{}},"toString":1}')],
  'wrong types': [
    json(
      '{"question":{},"by":[],"planHash":1,"reason":null,"action":true,"ticketId":[[]],"completedBy":{},"pair":{},"requestedBy":7,"lease":3,"key":{},"entries":"all","id":null,"workflowId":[],"runId":0,"operation":{},"at":[],"outcome":1}',
    ),
  ],
  'only white space in names': [json('{"question":" ","by":"   ","reason":"\\t","ticketId":"  ","completedBy":" "}')],
  'objects 5,000 deep': [json(`${'{"by":'.repeat(5_000)}1${'}'.repeat(5_000)}`)],
  'arrays 50,000 deep': [json(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)],
  'broken JSON': [json('{by: you')],
  'no data': [{ metadata: { encoding: Buffer.from('json/plain') } }],
  'bytes that are no text': [encoded('json/plain', Uint8Array.from([0xff, 0xfe, 0x00, 0xd8]))],
  'an unknown encoding': [encoded('binary/encrypted', '{"by":"you"}')],
  'an encoding of 10,000 characters': [encoded('x'.repeat(10_000), '{}')],
  'no encoding': [{ data: Buffer.from('{"by":"you"}') }],
  'nothing at all': [{}],
  binary: [encoded('binary/plain', 'some bytes')],
  'JSON protobuf': [encoded('json/protobuf', '{"by":"you"}')],
  'binary protobuf': [encoded('binary/protobuf', Uint8Array.from([8, 1]))],
  'binary null': [encoded('binary/null', '')],
  // Of the width of nothing: a zero-width space, a word joiner, a soft hyphen, and one that turns the direction.
  'names that cannot be seen': [
    json(
      '{"question":"\\u200b","by":"\\u200b","planHash":"\\u200b\\u200b\\u200b\\u200b\\u200b\\u200b\\u200b\\u200b","reason":"\\u2060","action":"retry","ticketId":"\\u00ad","completedBy":"\\u202e","id":"\\u200b"}',
    ),
  ],
  'half a surrogate pair': [json('{"by":"\\ud800","\\udc00":"\\ud83d"}')],
  'four arguments': [json('1'), json('{}'), json('null'), encoded('text/html', '<p>')],
}

/** The same, each about a megabyte. */
export const hugeGarbage: Readonly<Record<string, Payload[]>> = {
  'a megabyte of binary': [encoded('binary/plain', Buffer.alloc(megabyte, 7))],
  'a megabyte and a half of text': [json(JSON.stringify({ by: 'b'.repeat(1.5 * megabyte), reason: 'r' }))],
  'a string of a megabyte': [json(JSON.stringify('a'.repeat(megabyte)))],
  'a name of a megabyte': [
    json(`{"by":"${'b'.repeat(megabyte)}","reason":"r","question":"q","pair":"p","requestedBy":"you"}`),
  ],
  'a key of a megabyte': [json(`{"${'k'.repeat(megabyte)}":1}`)],
  'a hundred thousand keys': [json(`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}`)],
  'arrays of 400,000 numbers': [
    json(`{"entries":[${'7,'.repeat(400_000)}7],"topics":[${'7,'.repeat(100_000)}7],"key":"k","lease":1}`),
  ],
}

/** Names no handler has. Each is at most 1,000 bytes long: Temporal takes no longer ones. */
export const strangeNames: readonly string[] = [
  'unknown',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '__temporal_anything',
  '__temporal_workflow_stream_poll',
  'approve ',
  'Approve',
  'ünïcödé 🦊 名前',
  '🦊'.repeat(240),
  'n'.repeat(1_000),
  '<script>alert(1)</script>',
  'line\nbreak\u0000null',
]
