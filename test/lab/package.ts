import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGuard, type Guard } from '../../lab/process/guard.ts'
import { ManagedProcess } from '../../lab/process/managed-process.ts'
import { checkout } from '../../lab/tools.ts'
import manifest from '../../package.json' with { type: 'json' }
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import { done, install, ran, type Installed } from './installed.ts'
import type { OnLab } from './use-product.ts'

/** Without a name of its own on every system. */
const nobody = '65534'
const isRoot = process.getuid?.() === 0

/** What strangers get, on a lab that others have used before: the archive of `npm pack`, installed elsewhere, and the image's tree. */
export function packageOn({ lab, product }: OnLab): void {
  describe('the package, installed in an empty folder', () => {
    let installed: Installed
    let guard: Guard
    let env: Record<string, string>

    beforeAll(async () => {
      installed = await install()
      guard = startGuard()
      env = { ...lab().env, TEMPORAL_CONFIG_FILE: join(lab().dir, 'temporal.toml') }
      await product().killWorker()
    }, LIMIT_MS)
    afterAll(async () => {
      await guard?.end()
      installed?.remove()
    })

    const command = (...args: string[]) => ran(installed.command, args, { cwd: installed.folder, env })

    async function serves(name: string, program: string, args: string[]): Promise<ManagedProcess> {
      const logFile = join(lab().dir, 'logs', `${name}.log`)
      const worker = new ManagedProcess({
        name,
        command: program,
        args: [...args, '--config', lab().configFile],
        cwd: installed.folder,
        env: { PATH: process.env['PATH'], ...env },
        logFile,
        startTimeoutMs: PATIENCE_MS,
        guard,
        ready: async () => existsSync(logFile) && readFileSync(logFile, 'utf8').includes('switchback worker ready'),
      })
      await worker.start()
      return worker
    }

    test('npm warns of no engine, and what it installs is the release, compiled', async () => {
      expect(installed.said).not.toContain('EBADENGINE')
      expect((await command('--version')).stdout).toBe(`${manifest.version}\n`)
      expect((await command('--help')).stdout).toContain('switchback failover accounting')
      expect((await command('worker', '--help')).stdout).toContain('--http')
      const packages = readdirSync(join(installed.folder, 'node_modules'))
      expect(packages).toContain('switchback')
      expect(packages).not.toContain('tsx')
      expect(existsSync(join(installed.folder, 'node_modules', 'switchback', 'src'))).toBe(false)
    })

    test('the examples of docs/client.md have the types of the package', async () => {
      const examples = examplesOf('docs/client.md')
      expect(examples.length).toBe(2)
      examples.forEach((text, i) => writeFileSync(join(installed.folder, `example-${i}.mts`), text))
      const options = ['--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--skipLibCheck']
      const strict = ['--strict', '--noImplicitAny', 'false']
      const tsc = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc')
      await done(process.execPath, [tsc, ...options, ...strict, 'example-0.mts', 'example-1.mts'], installed.folder)
    })

    test(
      '`switchback worker` serves, `check` finds it, and a dry run ends with its plan',
      async () => {
        const worker = await serves('installed', installed.command, ['worker'])
        const checked = await command('check', '--config', lab().configFile)
        expect(checked.stdout + checked.stderr).toContain(`${manifest.version}, as this command`)
        expect(checked.code).toBe(0)
        const { pairName: pair } = product()
        const dry = await command('failover', pair, '--reason', 'exercise', '--by', 'kim', '--dry-run', '--follow')
        expect(dry.stderr).not.toContain('this command is switchback')
        expect({ code: dry.code, said: dry.stdout }).toMatchObject({
          code: 0,
          said: expect.stringContaining('stop-producers') as string,
        })
        const [rehearsal = ''] = examplesOf('docs/client.md')
        writeFileSync(join(installed.folder, 'rehearsal.mjs'), rehearsal)
        const client = await ran(process.execPath, ['rehearsal.mjs', pair], { cwd: installed.folder, env })
        expect(client.stdout + client.stderr).toMatch(/^dry-run [0-9a-f]{16}\n$/)
        await worker.stop()
        // The bundle of the workflows was in the archive.
        expect(existsSync(join(installed.folder, 'node_modules', 'switchback', '.cache'))).toBe(false)
      },
      LIMIT_MS,
    )

    test(
      "the image's tree serves as another user, who can write nothing of it",
      async () => {
        const { image } = installed
        const steps = stepsAfterTheBuild()
        await done('sh', ['-ec', steps], image)
        const natives = readdirSync(join(image, 'node_modules', '@temporalio', 'core-bridge', 'releases'))
        expect(natives).toHaveLength(1)
        expect(readdirSync(join(image, 'node_modules'))).not.toContain('vitest')
        // Lab folders are for one user, and this is another one.
        await done('chmod', ['-R', 'a+rX', lab().dir], image)
        chmodSync(lab().dir, 0o755)
        const program = [process.execPath, join(image, 'dist', 'worker.js')]
        const as = isRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []
        const [first = '', ...rest] = [...as, ...program]
        const worker = await serves('image', first, rest)
        expect((await command('status', product().pairName)).code).toBe(0)
        await worker.stop()
        const { stdout } = await done('du', ['-sm', 'node_modules', 'dist'], image)
        console.log(`the image's packages and program, in MB:\n${stdout}`)
      },
      LIMIT_MS,
    )
  })
}

function examplesOf(document: string): string[] {
  const text = readFileSync(join(checkout, document), 'utf8')
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, example = '']) => example)
}

/** What `deploy/Containerfile` does once the build is made: `npm pack` has made the same one. */
function stepsAfterTheBuild(): string {
  const text = readFileSync(join(checkout, 'deploy', 'Containerfile'), 'utf8').replaceAll('\\\n', ' ')
  const [, steps] = /^RUN npm run build && (.*)$/m.exec(text) ?? []
  if (steps === undefined) throw new Error('the Containerfile has no step that begins with the build')
  return steps
}
