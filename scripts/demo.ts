/** `npm run demo`: failover, reset and failback of two real clusters, and a verdict. Exit code 0 when all came out right. */
import { relative } from 'node:path'
import { Narrator } from './demo/narrator.ts'
import { OptionsEnd, parseOptions, type DemoOptions } from './demo/options.ts'
import { playAndJudge } from './demo/run.ts'
import { openStage, type Stage } from './demo/stage.ts'
import { summaryText, writeSummary, type Summary } from './demo/summary.ts'

/** As a shell says it of a process that was ended by Ctrl-C. */
const INTERRUPTED = 130

const options = readOptions()
const narrator = new Narrator((line) => console.log(line), process.stdout.columns)
let stage: Stage | undefined
let ending = false
/** Set once the verdict is there: from then on Ctrl-C only ends what `--keep` has kept. */
let exitCode: number | undefined

function readOptions(): DemoOptions {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    if (error instanceof OptionsEnd) leave(error)
    throw error
  }
}

function leave({ exitCode: code, message }: OptionsEnd): never {
  if (code === 0) console.log(message)
  else console.error(message)
  process.exit(code)
}

async function end(): Promise<void> {
  if (ending) return
  ending = true
  console.log('\nending everything …')
  // Not up yet: the lab's guard ends what there is when this process is gone.
  await stage?.end({ remove: true })
  process.exit(exitCode ?? INTERRUPTED)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
const parent = Number(process.env['SWITCHBACK_PARENT'] ?? 0)
if (parent > 0) setInterval(() => process.ppid !== parent && void end(), 1_000).unref()

function tell(summary: Summary): void {
  console.log(summaryText(summary))
  if (options.summary !== undefined) writeSummary(options.summary, summary)
  exitCode = summary.ok ? 0 : 1
}

/** Says where to look when it did not come out right: then logs and records stay. */
async function close(open: Stage, ok: boolean): Promise<void> {
  if (options.keep) {
    narrator.block(`
Temporal UI    ${open.lab.temporal.uiUrl}
Support desk   ${open.lab.staffUrl}
Everything     ${relative(process.cwd(), open.lab.labFile)}

Ctrl-C ends all of it.`)
    setInterval(() => undefined, 1 << 30)
    return
  }
  ending = true
  await open.end({ remove: ok })
  if (!ok) console.log(`logs and records: ${relative(process.cwd(), open.lab.dir)}/`)
  process.exit(exitCode)
}

try {
  narrator.say('starting two clusters, Connect, Temporal, the desk and the applications …')
  stage = await openStage(options)
  narrator.say(`Temporal UI    ${stage.lab.temporal.uiUrl}`)
  narrator.say(`Support desk   ${stage.lab.staffUrl}`)
  narrator.say('starting the worker …')
  await stage.startWorker()
  const summary = await playAndJudge(stage, narrator)
  if (!ending) {
    tell(summary)
    await close(stage, summary.ok)
  }
} catch (error) {
  // What breaks because everything is being ended is no news.
  if (!ending) {
    ending = true
    const problem = error instanceof Error ? error.message : String(error)
    tell({ ok: false, seconds: narrator.seconds, operations: [], topics: [], tickets: [], problems: [problem] })
    await stage?.end({ remove: false })
    process.exit(1)
  }
}
