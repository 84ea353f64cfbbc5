// @ts-check
'use strict'

/** For installations with a codec: messages and stacks of failures are payloads, so that the codec encodes them as well. */
const { DefaultFailureConverter } = require('@temporalio/common')

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true })
