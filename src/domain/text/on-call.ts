/** Where the person who is called reads on: each question has a heading of its step's name there, each alert one of its own. */
export const onCall = (anchor: string): string => `docs/on-call.md#${anchor}`
