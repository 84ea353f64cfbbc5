/**
 * Archives of the classes that Kafka loads at its start (class data sharing): with them a broker is up in half the processor
 * time, and so is a Connect worker. A lab works without them, so what goes wrong here is said and is no failure.
 */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { buildOnce, cache, root, run, say, SetupError, shortHash } from './shell.mjs'

/**
 * Has the lab start a cluster once, and keeps the archives that it leaves.
 * @param {{java: string, kafkaLibs: string, policyJar: string}} tools
 * @returns {{broker: string, connect: string} | undefined} the archives' files
 */
export function classArchives({ java, kafkaLibs, policyJar }) {
  const { mtimeMs, size } = fs.statSync(java)
  const folder = join(cache, 'class-archives', shortHash(java, `${mtimeMs} ${size}`, kafkaLibs, policyJar))
  const filesIn = (some) => ({ broker: join(some, 'broker.jsa'), connect: join(some, 'connect.jsa') })
  try {
    buildOnce(folder, 'archiving the classes of Kafka: labs start faster', (draft) => {
      const training = join(root, 'lab/kafka/train-class-archives.ts')
      const args = ['--import', import.meta.resolve('tsx'), training, draft, java, kafkaLibs, policyJar]
      run('archiving the classes of Kafka', process.execPath, args)
      for (const file of Object.values(filesIn(draft)))
        if (!fs.existsSync(file)) throw new SetupError(`java wrote no ${file}`)
    })
    return filesIn(folder)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(`no class archives, labs start slower: ${error.message.slice(-300)}`)
    return undefined
  }
}
