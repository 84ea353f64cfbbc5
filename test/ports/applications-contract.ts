import { expect, test } from 'vitest'
import { errorTypes } from '../../src/contract/errors.ts'
import type { ApplicationPort, ApplicationTarget } from '../../src/ports/applications.ts'

const topics = ['invoices', 'payments']
const onB: ApplicationTarget = { cluster: 'B', topics, phase: 'all' }

/** What activities rely on of an application that obeys. It runs on A, with these two topics, and is one that reads. */
export function applicationContract(open: () => Promise<ApplicationPort>): void {
  test('tells where it runs, stops, and stays stopped', async () => {
    const port = await open()
    expect(await port.state()).toMatchObject({ state: 'running', cluster: 'A' })
    expect(await port.stop('key-1')).toMatchObject({ state: 'stopped' })
    expect(await port.state()).toMatchObject({ state: 'stopped' })
    expect(await port.stop('key-1')).toMatchObject({ state: 'stopped' })
  })

  test('is started on another side once it is stopped, and moves on to more topics there', async () => {
    const port = await open()
    await expect(port.start(onB, 'key-1')).rejects.toMatchObject({ type: errorTypes.precondition })
    await port.stop('key-2')
    const first = { ...onB, topics: ['invoices'], phase: 'remote-first' as const }
    expect(await port.start(first, 'key-3')).toMatchObject({ state: 'running', cluster: 'B', topics: ['invoices'] })
    expect(await port.start(onB, 'key-4')).toMatchObject({ state: 'running', cluster: 'B', topics })
    expect(await port.start({ ...onB, topics: topics.toReversed() }, 'key-5')).toMatchObject({ topics })
  })

  test('tells a person what is to be done', async () => {
    const port = await open()
    expect(port.instruction('start', onB)).toMatch(/B.*invoices, payments/)
    expect(port.instruction('stop')).toContain(port.name)
  })
}

/** Of one that can be brought up before it is started. */
export function preparedContract(open: () => Promise<ApplicationPort>): void {
  test('what is prepared elsewhere changes nothing where it runs, and can be ended', async () => {
    const port = await open()
    await port.prepare?.(onB, 'key-1')
    expect(await port.state()).toMatchObject({ state: 'running', cluster: 'A' })
    await port.discard?.('B', 'key-2')
    expect(await port.state()).toMatchObject({ state: 'running', cluster: 'A' })
    expect('prepare' in port && 'discard' in port).toBe(true)
  })
}
