import { createAPI, type Reader, Writer } from '@platformatic/kafka'

/** Members of groups that no client of this project can be, as one request each: what a broker knows of them then is real. */

const MEMBER = 'AAAAAAAAAAAAAAAAAAAAAA'

/** ShareGroupHeartbeat: joins a share group that reads the topic. Answers an error code. */
export const joinShareGroup = createAPI<[group: string, topic: string], number>(
  76,
  1,
  (group, topic) =>
    Writer.create()
      .appendString(group)
      .appendString(MEMBER)
      .appendInt32(0)
      .appendString(null)
      .appendArray([topic], (w, name) => w.appendString(name), true, false)
      .appendTaggedFields(),
  errorCode,
)

const nobody = (w: Writer) => w.appendArray([], () => undefined)

/** StreamsGroupHeartbeat: `epoch` 0 joins a streams group (KIP-1071) that reads the topic, -1 leaves it. Answers an error code. */
export const streamsHeartbeat = createAPI<[group: string, topic: string, epoch: 0 | -1], number>(
  88,
  0,
  (group, topic, epoch) => {
    const w = Writer.create()
      .appendString(group)
      .appendString(MEMBER)
      .appendInt32(epoch)
      .appendInt32(0) // end points known
      .appendString(null)
      .appendString(null)
    if (epoch < 0) {
      w.appendInt32(-1).appendInt8(-1) // no time-out, no topology
      for (let list = 0; list < 3; list++) w.appendArray(null, () => undefined)
      w.appendString(null)
    } else {
      w.appendInt32(30_000).appendInt8(1).appendInt32(0)
      w.appendArray(['0'], (one, id) => {
        one.appendString(id).appendArray([topic], (t, name) => t.appendString(name), true, false)
        for (let list = 0; list < 5; list++) nobody(one)
      })
      w.appendTaggedFields()
      for (let tasks = 0; tasks < 3; tasks++) nobody(w)
      w.appendString('process-1')
    }
    w.appendInt8(-1) // no end point
    for (let list = 0; list < 3; list++) w.appendArray(null, () => undefined)
    return w.appendBoolean(false).appendTaggedFields()
  },
  errorCode,
)

function errorCode(_correlationId: number, _key: number, _version: number, reader: Reader): number {
  reader.readInt32() // throttle time
  return reader.readInt16()
}
