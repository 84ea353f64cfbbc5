import { consumerGroupDescribeV0, createAPI, type Reader } from '@platformatic/kafka'

export const CONSUMER_GROUP_DESCRIBE = 69

export interface DescribedConsumerGroup {
  errorCode: number
  group: string
  state: string
  members: { clientId: string; host: string; instance: string | null }[]
}

/**
 * Describes groups of the KIP-848 protocol. The library's own reading takes a member's list of topics for one string and
 * fails as soon as a group has members.
 */
export const consumerGroupDescribe = createAPI<[groups: string[], operations: boolean], DescribedConsumerGroup[]>(
  CONSUMER_GROUP_DESCRIBE,
  0,
  consumerGroupDescribeV0.createRequest,
  (_correlationId, _key, _version, reader) => {
    reader.readInt32() // throttle time
    return reader.readArray(readGroup)
  },
)

function readGroup(reader: Reader): DescribedConsumerGroup {
  const errorCode = reader.readInt16()
  reader.readNullableString() // error message
  const group = reader.readString()
  const state = reader.readString()
  reader.readInt32() // group epoch
  reader.readInt32() // assignment epoch
  reader.readString() // assignor
  const members = reader.readArray(readMember)
  reader.readInt32() // authorized operations
  return { errorCode, group, state, members }
}

function readMember(reader: Reader): DescribedConsumerGroup['members'][number] {
  reader.readString() // member id
  const instance = reader.readNullableString()
  reader.readNullableString() // rack
  reader.readInt32() // epoch
  const clientId = reader.readString()
  const host = reader.readString()
  reader.readArray(() => reader.readString(), true, false) // subscribed topics
  reader.readNullableString() // subscribed pattern
  readAssignment(reader)
  readAssignment(reader) // target
  return { clientId, host, instance: instance ?? null }
}

function readAssignment(reader: Reader): void {
  reader.readArray(() => {
    reader.readUUID()
    reader.readString()
    reader.readArray(() => reader.readInt32(), true, false)
  })
  reader.readTaggedFields()
}
