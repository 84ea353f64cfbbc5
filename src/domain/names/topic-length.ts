/** Kafka refuses longer topic names; mirroring then silently leaves the topic out. */
export const maxTopicLength = 249
