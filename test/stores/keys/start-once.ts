/** What a server's start does with the ring in a directory. Prints the kids that it goes on with. */
import { openFileKeyStore } from '#stores/files/file-key-store.ts'
import { aRing } from '#test/core/keys/rings.ts'

const ring = await aRing({ store: openFileKeyStore(process.argv[2] ?? '') })
process.stdout.write(JSON.stringify(ring.list(new Date()).map(({ kid }) => kid)))
