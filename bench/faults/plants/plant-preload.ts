/*
 * Loaded by `--import` into a server of the laboratory: plants the bug that LAB_PLANT names into the files of the
 * checkout at LAB_PLANT_ROOT while they are loaded. No file is changed, and the product knows nothing of it.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { plants } from './all.ts'
import { applyEdit } from './plant.ts'

const { LAB_PLANT: name, LAB_PLANT_ROOT: root = '' } = process.env
const plant = plants.find((one) => one.name === name)
if (!plant) throw new Error(`no planted bug has the name ${name}`)

const edits = Map.groupBy(plant.edits, ({ file }) => pathToFileURL(join(root, file)).href)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const wanted = edits.get(url)
    if (!wanted) return loaded
    const source = wanted.reduce((text, edit) => applyEdit(text, edit), textOf(loaded.source))
    return { ...loaded, source }
  },
})

function textOf(source: string | NodeJS.TypedArray | ArrayBuffer | undefined | null): string {
  if (typeof source === 'string') return source
  return new TextDecoder().decode(source ?? undefined)
}
