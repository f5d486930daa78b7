import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSocket } from './raw-http.ts'

/** Why suites with nginx are skipped; empty where it is there. */
export const noNginx = spawnSync('nginx', ['-v']).error ? 'no nginx: apt-get install nginx-light' : ''

/** A caching nginx in front of a port, as a careless operator may have it: it keeps whatever it is not told to leave. */
export async function aNginx(port: number, upstream: number): Promise<{ close(): Promise<void> }> {
  return startNginx(port, (directory) => cachingServer(directory, port, upstream))
}

/** An nginx of its own that listens on `port`; `server` writes what goes into its `http`. */
export async function startNginx(
  port: number,
  server: (directory: string) => string,
): Promise<{ close(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'signet-nginx-'))
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, configuration(directory, server(directory)))
  const child = spawn('nginx', ['-p', directory, '-c', file, '-e', join(directory, 'error.log')], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await listening(port)
  return {
    async close() {
      child.kill('SIGTERM')
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function configuration(directory: string, server: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off; master_process off; pid ${directory}/pid;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  ${server}
}
`
}

function cachingServer(directory: string, port: number, upstream: number): string {
  return `proxy_cache_path ${directory}/cache keys_zone=all:1m;
  upstream provider { server 127.0.0.1:${upstream}; keepalive 2; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_cache all;
      proxy_cache_methods GET HEAD POST;
      proxy_cache_key $request_uri;
      add_header X-Cache $upstream_cache_status always;
    }
  }`
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = await openSocket(port).catch(() => undefined)
    if (socket) return void socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('nginx does not listen')
}
