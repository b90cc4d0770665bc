// Photos that tests take, made here.
import { png } from '../build/icon.mjs'

// fruit is a fruit with spots on grass, by its seed; dark: by night.
export function fruit(width, height, seed, dark = 1) {
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = (x - width / 2) / (width * 0.36), dy = (y - height / 2) / (height * 0.4)
      const noise = ((x * 7919 + y * 104729 + seed * 31) % 23) - 11
      const spot = (x + seed * 13) % 83 < 14 && y % 71 < 14
      const colour = dx * dx + dy * dy > 1 ? [88, 128, 60] : spot ? [52, 34, 24] : [236 - 60 * dx * dx, 178 - 50 * dy, 48]
      colour.forEach((c, i) => (rows[y * (1 + width * 3) + 1 + x * 3 + i] = Math.max(0, Math.min(255, (c + noise) * dark))))
    }
  }
  return png(width, height, rows)
}
