// A slow link between browser and server: so many bits a second each way, all
// connections together, and a delay. Bytes wait here in order; nothing is
// estimated, and uploads are held to it as downloads are.
import { connect, createServer } from 'node:net'

const slice = 1460 // bytes, as one packet carries them

export class SlowLine {
  constructor(port, { bits = 1_000_000, delay = 20 } = {}) {
    Object.assign(this, { port, bits, delay })
    this.free = { up: 0, down: 0 } // when each direction has sent what it was given, ms
    this.sent = { up: 0, down: 0 } // bytes
    this.sockets = new Set()
  }

  async listen() {
    this.listener = createServer({ noDelay: true }, (client) => {
      const server = connect({ port: this.port, host: '127.0.0.1', noDelay: true })
      this.pump(client, server, 'up')
      this.pump(server, client, 'down')
    })
    await new Promise((r) => this.listener.listen(0, '127.0.0.1', r))
    this.url = `http://localhost:${this.listener.address().port}`
    return this
  }

  // pump carries one direction of a connection: it takes no more from the
  // sender than the link has carried, so that the sender feels the link.
  pump(from, to, way) {
    this.sockets.add(from)
    from.on('error', () => to.destroy())
    from.on('close', () => this.sockets.delete(from))
    ;(async () => {
      for await (const chunk of from) {
        for (let i = 0; i < chunk.length; i += slice) {
          const part = chunk.subarray(i, i + slice)
          const now = performance.now()
          // A timer that came late is made up for: the link stood ready meanwhile.
          this.free[way] = Math.max(this.free[way], now - 20) + (part.length * 8_000) / this.bits
          this.sent[way] += part.length
          await new Promise((r) => setTimeout(r, Math.max(0, this.free[way] - now)))
          setTimeout(() => to.writable && to.write(part), this.delay)
        }
      }
      setTimeout(() => to.end(), this.delay)
    })().catch(() => to.destroy())
  }

  close() {
    this.sockets.forEach((s) => s.destroy())
    this.listener.close()
  }
}
