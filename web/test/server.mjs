// A real server for the pages' tests: the built program on a port of its own,
// with models that name a disease whatever they are shown.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer as createHTTP } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export const program = process.env.MANGOSENSE ?? join(root, 'bin/mangosense')
export const artefacts = join(root, 'web/test/artefacts')
mkdirSync(artefacts, { recursive: true })

export const password = 'Carabao2026'

// ready says why the tests cannot run here; empty: they can.
export function lacking() {
  if (!existsSync(program)) return `${program} is missing: run make build`
  if (!existsSync(join(root, 'models/manifest.json'))) return 'there are no models in this tree'
  return ''
}

// sure makes a models folder whose models always name a disease; strict ones
// are those of the tree.
function sure(dir) {
  const models = join(dir, 'models')
  mkdirSync(models)
  const manifest = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'))
  for (const m of manifest.models) {
    m.familiarity = null
    m.thresholds = { unknown: 0 }
    if (m.gate) m.gate.threshold = 0
  }
  writeFileSync(join(models, 'manifest.json'), JSON.stringify(manifest))
  for (const f of readdirSync(join(root, 'models'))) if (f.endsWith('.tflite')) symlinkSync(join(root, 'models', f), join(models, f))
  return models
}

export class Server {
  constructor({ strict = false, program: other = program, env = {} } = {}) {
    this.dir = mkdtempSync(join(tmpdir(), 'mangosense-pages-'))
    this.program = other
    this.env = { ...process.env, DATA_DIR: join(this.dir, 'data'), MODELS_DIR: strict ? join(root, 'models') : sure(this.dir), ADDRESS: '127.0.0.1', RATE_LIMIT: 'off', ACCESS_LOG: 'false', ...env }
    mkdirSync(this.env.DATA_DIR)
    this.port = '0'
  }

  // start serves, a second time on the port that it had.
  async start() {
    this.process = spawn(this.program, ['serve'], { env: { ...this.env, PORT: this.port }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.log = ''
    await new Promise((started, failed) => {
      const read = (chunk) => {
        this.log += chunk
        const port = this.log.match(/msg=serving address=\S*:(\d+)/)
        if (port) started((this.port = port[1]))
      }
      this.process.stdout.on('data', read)
      this.process.stderr.on('data', read)
      this.process.once('exit', (code) => failed(new Error(`the server ended with ${code}:\n${this.log}`)))
    })
    this.url = `http://localhost:${this.port}`
    return this
  }

  // kill ends the server as a power cut would.
  async kill() {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode) return
    const ended = new Promise((r) => this.process.once('exit', r))
    this.process.kill('SIGKILL')
    await ended
  }

  // stop lets the server end by itself.
  async stop() {
    const ended = new Promise((r) => this.process.once('exit', r))
    this.process.kill('SIGTERM')
    await ended
  }

  async remove() {
    await this.kill()
    rmSync(this.dir, { recursive: true, force: true })
  }

  admin() {
    const r = spawnSync(this.program, ['user', 'add', '--admin', '--username', 'boss', '--email', 'boss@farm.example', '--password-stdin'], { env: this.env, input: password + '\n' })
    if (r.status !== 0) throw new Error(String(r.stderr))
  }

  async json(path, { method = 'GET', token, body } = {}) {
    const r = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return { status: r.status, ...(await r.json()) }
  }

  // grower registers by the interface of the apps and gives its token.
  async grower(email, firstName = 'Lito') {
    const r = await this.json('/api/register/', { method: 'POST', body: { firstName, lastName: 'Cruz', email, password, address: 'Alaguisoc, Jordan, Guimaras' } })
    if (r.status !== 200) throw new Error(r.message)
    return r.access
  }
}

// Line is the network between browser and server, which can break where it
// hurts most.
export class Line {
  constructor(server) {
    this.server = server
    this.sockets = new Set()
  }

  async listen() {
    this.listener = createServer((client) => {
      const up = connect(this.server.port, '127.0.0.1')
      let asked = false
      client.on('data', (d) => {
        asked ||= !!this.marked && d.includes(this.marked)
        up.write(d)
      })
      up.on('data', (d) => {
        if (!asked || !this.marked) return client.write(d)
        this.marked = ''
        void this.server.kill().then(this.broken)
        client.destroy()
      })
      for (const [one, other] of [[client, up], [up, client]]) {
        this.sockets.add(one)
        one.on('error', () => {})
        one.on('close', () => (this.sockets.delete(one), other.destroy()))
      }
    })
    await new Promise((r) => this.listener.listen(0, '127.0.0.1', r))
    this.url = `http://localhost:${this.listener.address().port}`
    return this
  }

  // cut kills the server once it has answered a request that begins like that,
  // before the answer arrives.
  cut(request) {
    return new Promise((r) => {
      this.broken = r
      this.marked = request
    })
  }

  // break ends every connection; new ones are let through.
  break() {
    this.sockets.forEach((s) => s.destroy())
  }

  close() {
    this.break()
    this.listener.close()
  }
}

// copyOf answers what a server answers to those who only read, with a service
// worker of a later version once newer is set.
export async function copyOf(server) {
  const copy = { newer: false }
  const listener = createHTTP(async (req, res) => {
    const r = await fetch(server.url + req.url, { headers: { Accept: req.headers.accept ?? '*/*' } })
    let body = Buffer.from(await r.arrayBuffer())
    if (copy.newer && req.url === '/worker.js') body = Buffer.concat([body, Buffer.from('\n// a later version')])
    const headers = Object.fromEntries([...r.headers].filter(([k]) => !['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'etag'].includes(k)))
    res.writeHead(r.status, headers).end(body)
  })
  await new Promise((r) => listener.listen(0, '127.0.0.1', r))
  copy.url = `http://localhost:${listener.address().port}`
  copy.close = () => (listener.closeAllConnections(), listener.close())
  return copy
}
