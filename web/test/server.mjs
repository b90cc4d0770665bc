// A real server for the pages' tests: the built program on a port of its own,
// with models that name a disease whatever they are shown.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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
