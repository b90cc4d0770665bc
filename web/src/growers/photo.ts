// A photo on its way into the queue: decoded by the browser, turned as its EXIF
// says, made smaller, and looked at kindly.

const longest = 1600
const quality = 0.8

export interface Prepared {
  blob: Blob
  hints: string[] // dark, blurred, far: words of the languages
}

export class UnreadablePhoto extends Error {
  heic = false // an iPhone's own format, which few browsers and no part of the server read
}

// isHEIC looks at the file itself: names and types are often another's.
async function isHEIC(file: Blob): Promise<boolean> {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(4, 12).arrayBuffer()))
  return /^ftyp(hei|hev|mif1|msf1)/.test(head)
}

async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new UnreadablePhoto()
  }
}

function drawn(image: ImageBitmap, limit: number): HTMLCanvasElement {
  const scale = Math.min(1, limit / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(image.width * scale))
  canvas.height = Math.max(1, Math.round(image.height * scale))
  const to = canvas.getContext('2d')!
  to.imageSmoothingQuality = 'high'
  to.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas
}

const encode = (canvas: HTMLCanvasElement) =>
  new Promise<Blob>((resolve, reject) => canvas.toBlob((b) => (b ? resolve(b) : reject(new UnreadablePhoto())), 'image/jpeg', quality))

// prepare gives the photo to send. What the browser cannot decode is sent as it
// is where the server may read it, and refused with what to do where it cannot.
export async function prepare(file: Blob, original: boolean): Promise<Prepared> {
  let image: ImageBitmap
  try {
    image = await decode(file)
  } catch (e) {
    if (e instanceof UnreadablePhoto && (await isHEIC(file))) {
      e.heic = true
      throw e
    }
    if (/^image\/(jpeg|png|webp)$/.test(file.type) && file.size > 0) return { blob: file, hints: [] }
    throw e
  }
  try {
    if (original) return { blob: file, hints: look(image) }
    const encoded = encode(drawn(image, longest))
    const hints = look(image) // while the browser encodes
    const blob = await encoded
    // One that is small already is not made larger by a second encoding.
    return { blob: Math.max(image.width, image.height) <= longest && file.type === 'image/jpeg' && file.size <= blob.size ? file : blob, hints }
  } finally {
    image.close()
  }
}

// look says what may keep a photo from being told: it is dark, it is blurred,
// or what it shows is far away. They are hints, and never hold a photo back.
export function look(image: ImageBitmap): string[] {
  const canvas = drawn(image, 256)
  const { width, height } = canvas
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height)
  const grey = new Float32Array(width * height)
  let sum = 0, colourful = 0, centre = 0
  for (let i = 0; i < grey.length; i++) {
    const r = data[i * 4]!, g = data[i * 4 + 1]!, b = data[i * 4 + 2]!
    sum += grey[i] = 0.299 * r + 0.587 * g + 0.114 * b
    const x = i % width, y = Math.floor(i / width)
    if (x > width / 4 && x < (width * 3) / 4 && y > height / 4 && y < (height * 3) / 4) {
      centre++
      const high = Math.max(r, g, b)
      if (high > 40 && high - Math.min(r, g, b) > high * 0.25 && b < high * 0.85) colourful++
    }
  }
  const hints: string[] = []
  if (sum / grey.length < 50) hints.push('dark')
  // The strongest edges: a blurred photo has none, a smooth leaf on a plain
  // background still has its outline.
  const edges: number[] = []
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x
      edges.push(Math.abs(4 * grey[i]! - grey[i - 1]! - grey[i + 1]! - grey[i - width]! - grey[i + width]!))
    }
  }
  edges.sort((a, b) => b - a)
  const strongest = edges.slice(0, Math.max(1, Math.floor(edges.length / 100)))
  if (strongest.reduce((a, b) => a + b, 0) / strongest.length < 18) hints.push('blurred')
  if (centre > 0 && colourful / centre < 0.15 && !hints.includes('dark')) hints.push('far')
  return hints
}
