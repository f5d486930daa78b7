// Given to Node by --import: the third and the fourth worker cannot be started. As where memory is short, which is thrown;
// and as where processes or files are short, which is told a moment later.
import { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'

const { spawn } = ChildProcess.prototype
let started = 0

if (cluster.isPrimary)
  ChildProcess.prototype.spawn = function (options) {
    started += 1
    if (started === 3) throw new Error('spawn ENOMEM')
    return spawn.call(this, started === 4 ? { ...options, file: '/nowhere/node' } : options)
  }
