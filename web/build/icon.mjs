// The icon, drawn by code: a mango with its leaf, on the dark green of the
// pages. The same shapes make the SVG and, sampled, the PNGs.
import { deflateSync } from 'node:zlib'

const ground = '#12351f'
const fruit = '#ffb31a'
const blush = '#f2751f'
const leaf = '#8fd16a'

// Cubic curves in a square of 100, each list one closed outline.
const outlines = {
  fruit: [[56, 27], [80, 25, 90, 46, 82, 65], [75, 83, 52, 92, 34, 83], [16, 74, 14, 53, 26, 41], [36, 31, 44, 28, 56, 27]],
  blush: [[82, 65], [75, 83, 52, 92, 34, 83], [30, 81, 27, 78, 25, 75], [48, 80, 70, 68, 74, 34], [85, 41, 87, 53, 82, 65]],
  leaf: [[54, 27], [44, 22, 30, 20, 20, 26], [27, 11, 46, 8, 57, 24]],
}
const layers = [['fruit', fruit], ['blush', blush], ['leaf', leaf]]

const pathOf = (points) => `M${points[0].join(' ')}` + points.slice(1).map((c) => `C${c.join(' ')}`).join('') + 'Z'

export function iconSVG() {
  const shapes = layers.map(([name, colour]) => `<path fill="${colour}" d="${pathOf(outlines[name])}"/>`).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" rx="22" fill="${ground}"/>${shapes}</svg>`
}

function polygon(points, steps = 24) {
  const out = []
  let [x, y] = points[0]
  for (const [a, b, c, d, e, f] of points.slice(1)) {
    for (let i = 1; i <= steps; i++) {
      const t = i / steps, u = 1 - t
      out.push([u ** 3 * x + 3 * u * u * t * a + 3 * u * t * t * c + t ** 3 * e, u ** 3 * y + 3 * u * u * t * b + 3 * u * t * t * d + t ** 3 * f])
    }
    ;[x, y] = [e, f]
  }
  return out
}

function inside(poly, x, y) {
  let odd = false
  for (let i = 0, j = poly.length - 1; i < poly.length; j = i++) {
    const [xi, yi] = poly[i], [xj, yj] = poly[j]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd
  }
  return odd
}

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))

// icon is a PNG of the icon; margin is the share left free on each side, which
// systems may cut away.
export function icon(size, margin) {
  const shapes = layers.map(([name, colour]) => [polygon(outlines[name]), rgb(colour)])
  const samples = 3
  const rows = []
  for (let py = 0; py < size; py++) {
    const row = Buffer.alloc(1 + size * 3)
    for (let px = 0; px < size; px++) {
      const sum = [0, 0, 0]
      for (let s = 0; s < samples * samples; s++) {
        const at = (p, q) => (((p + (q + 0.5) / samples) / size - margin) / (1 - 2 * margin)) * 100
        const x = at(px, s % samples), y = at(py, Math.floor(s / samples))
        let colour = rgb(ground)
        for (const [poly, c] of shapes) if (inside(poly, x, y)) colour = c
        for (let i = 0; i < 3; i++) sum[i] += colour[i]
      }
      for (let i = 0; i < 3; i++) row[1 + px * 3 + i] = Math.round(sum[i] / (samples * samples))
    }
    rows.push(row)
  }
  return png(size, size, Buffer.concat(rows))
}

// png is a picture of rows, each a zero and then red, green, blue by pixel.
export function png(width, height, rows) {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 6 })), chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc(body), body.length + 4)
  return out
}

function crc(bytes) {
  let c = 0xffffffff
  for (const b of bytes) {
    c ^= b
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  }
  return (c ^ 0xffffffff) >>> 0
}
