import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from '../../lab/tools.ts'

/** Milliseconds: npm asks its registry for some 240 packages, beside whatever else runs. */
const INSTALL_MS = 540_000

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

export async function ran(
  command: string,
  args: string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Ran> {
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, ...options.env }
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { ...options, env, timeout: INSTALL_MS })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof code !== 'number') throw error
    return { code, stdout, stderr }
  }
}

export async function done(command: string, args: string[], cwd: string): Promise<Ran> {
  const end = await ran(command, args, { cwd })
  if (end.code !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${end.code}:\n${end.stdout}${end.stderr}`)
  return end
}

/** What `npm pack` takes, in a folder of its own: a `dist/` in the checkout would be run instead of its sources. */
const packed = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'src',
  'bin',
  'docs',
  'deploy',
]
const texts = ['README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md', 'SECURITY.md']
const examples = ['switchback.example.yaml', 'switchback.event-streams.example.yaml']

export interface Installed {
  /** Where the archive was installed. */
  folder: string
  /** What npm said. */
  said: string
  /** The command that the archive brought. */
  command: string
  /** The build that was packed, as the image's first stage makes it, with the checkout's packages instead of those of an `npm ci`. */
  image: string
  remove: () => void
}

/** By hard links where it can be: seconds less, and what is pruned there stays here. npm writes one file of them in place. */
async function copyPackages(into: string): Promise<void> {
  const packages = join(checkout, 'node_modules')
  const linked = await ran('cp', ['-al', packages, into], { cwd: into })
  if (linked.code !== 0) await done('cp', ['-a', packages, into], into)
  const list = '.package-lock.json'
  rmSync(join(into, 'node_modules', list))
  cpSync(join(packages, list), join(into, 'node_modules', list))
}

/** Packs, and installs in an empty folder: once in a run of all tests. */
export async function install(): Promise<Installed> {
  const root = mkdtempSync(join(tmpdir(), 'switchback-package-'))
  // For another user, as the image's is.
  chmodSync(root, 0o755)
  const image = join(root, 'image')
  const folder = join(root, 'empty')
  for (const made of [image, folder]) mkdirSync(made)
  for (const path of [...packed, ...texts, ...examples])
    cpSync(join(checkout, path), join(image, path), { recursive: true })
  await copyPackages(image)
  const { stdout } = await done('npm', ['pack', '--silent', '--pack-destination', root], image)
  const archive = join(root, stdout.trim().split('\n').at(-1) ?? '')
  const { stderr, stdout: said } = await done('npm', ['install', '--no-audit', '--no-fund', archive], folder)
  return {
    folder,
    said: said + stderr,
    command: join(folder, 'node_modules', '.bin', 'switchback'),
    image,
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
