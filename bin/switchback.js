#!/usr/bin/env node
/** The `switchback` command, from any folder: the built program, or in a checkout that is newer than its build the source through tsx. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const changed = (path) => statSync(path).mtimeMs
const built = at('dist/cli.js')

/** Sources that somebody has edited, or another commit has brought, are newer than what was built of the ones before. */
function isBuilt() {
  if (!existsSync(built)) return false
  if (!existsSync(at('src')) || !existsSync(at('node_modules/tsx'))) return true
  const buildAt = changed(built)
  return readdirSync(at('src'), { recursive: true, encoding: 'utf8' }).every(
    (name) => changed(at(`src/${name}`)) <= buildAt,
  )
}

if (isBuilt()) {
  await import(new URL('../dist/cli.js', import.meta.url).href)
} else {
  const { register } = await import('tsx/esm/api')
  register()
  await import(new URL('../src/cli.ts', import.meta.url).href)
}
