import { z } from 'zod'

export const personName = z.string().trim().min(1).max(200)
export const shortText = z.string().trim().min(1).max(2000)
export const kafkaAlias = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'an alias has letters, digits, "_" or "-", at most 32')
export const topicName = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'a topic has letters, digits, ".", "_" or "-"')
export const questionId = z.string().min(1).max(200)
