// @ts-check
'use strict'

/**
 * CommonJS, because the SDK loads converters by path with `require`; plain JavaScript, because the workflow bundle does
 * not transpile `.cts`. The workflow sandbox, the worker and clients load this same file.
 */
const { DefaultPayloadConverter } = require('@temporalio/common')

/** Text metadata, as far as it can be read: it is shown to a person. */
function encodingOf(/** @type {import('@temporalio/common').Payload} */ payload) {
  const bytes = payload.metadata?.['encoding']
  return bytes === undefined || bytes === null ? null : String.fromCharCode(...bytes.subarray(0, 100))
}

/**
 * Temporal's default converter, except that what cannot be decoded becomes the value `{ undecodable: reason }`. The UI
 * lets a person choose an encoding and type any text: thrown here, a broken message would stop the run for good; as a
 * value it reaches the handler and is refused there with its reason.
 */
class TolerantPayloadConverter extends DefaultPayloadConverter {
  /**
   * @template T
   * @override
   * @param {import('@temporalio/common').Payload} payload
   * @param {Parameters<DefaultPayloadConverter['fromPayload']>[1]} [context]
   * @param {Parameters<DefaultPayloadConverter['fromPayload']>[2]} [hint]
   * @returns {T}
   */
  fromPayload(payload, context, hint) {
    const encoding = encodingOf(payload)
    if (encoding === null) return undecodable('the payload names no encoding; send one JSON object as json/plain')
    if (!this.converterByEncoding.has(encoding)) {
      return undecodable(`the encoding "${encoding}" is not known here; send one JSON object as json/plain`)
    }
    try {
      return /** @type {T} */ (super.fromPayload(payload, context, hint))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return undecodable(`the payload is not valid ${encoding} (${reason}); send one JSON object`)
    }
  }
}

/** @returns {any} */
function undecodable(/** @type {string} */ reason) {
  return { undecodable: reason }
}

exports.payloadConverter = new TolerantPayloadConverter()
