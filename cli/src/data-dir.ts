// Which data directory a command means, and with it which server: the one that `--data-dir` names,
// else the one of the settings.
import { readSettings } from '@countersign/contract/settings'
import { resolve } from 'node:path'
import type { World } from './world.ts'

/** The data directory, absolute. An option goes before the environment. */
export function dataDirOf(
  option: string | undefined,
  { environment, directory }: Pick<World, 'environment' | 'directory'>,
): string {
  return resolve(directory, option ?? readSettings('up', environment).dataDir)
}
