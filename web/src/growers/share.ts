// An answer as one picture, for the phone's share sheet.
import type { Answer } from '../shared/database'
import { date, percent, t } from '../shared/i18n'
import { sure, tone } from './Result'

const width = 1080

// share gives the picture to the phone, or saves it where there is no share
// sheet; true: shared.
export async function share(a: Answer, name: string): Promise<boolean> {
  const file = new File([await draw(a, name)], `mangosense-${new Date(a.at).toISOString().slice(0, 10)}.jpg`, { type: 'image/jpeg' })
  if (navigator.canShare?.({ files: [file] })) {
    try {
      await navigator.share({ files: [file], title: name })
    } catch (e) {
      if ((e as Error).name !== 'AbortError') throw e
    }
    return true
  }
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = file.name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  return false
}

export async function draw(a: Answer, name: string): Promise<Blob> {
  const photo = await createImageBitmap(a.photo, { imageOrientation: 'from-image' })
  const height = Math.min(1350, Math.round((photo.height / photo.width) * width))
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height + 330
  const to = canvas.getContext('2d')!
  to.fillStyle = { good: '#1d6a34', bad: '#7c1d0d', open: '#12351f' }[tone(a.disease, a.verdict)]
  to.fillRect(0, 0, width, canvas.height)
  const scale = Math.max(width / photo.width, height / photo.height)
  const w = width / scale, h = height / scale
  to.drawImage(photo, (photo.width - w) / 2, (photo.height - h) / 2, w, h, 0, 0, width, height)
  photo.close()
  to.fillStyle = '#fff'
  to.font = '700 76px system-ui, sans-serif'
  to.fillText(name, 60, height + 110, width - 120)
  to.font = '400 44px system-ui, sans-serif'
  if (tone(a.disease, a.verdict) !== 'open') to.fillText(`${sure(a.confidence)} · ${percent(a.confidence / 100)}`, 60, height + 185, width - 120)
  to.font = '400 36px system-ui, sans-serif'
  to.fillText([date(a.at), t('kind.' + a.kind), a.label].filter(Boolean).join(' · '), 60, height + 250, width - 120)
  to.fillText(t('share.note'), 60, height + 300, width - 120)
  return new Promise((resolve, reject) => canvas.toBlob((b) => (b ? resolve(b) : reject(new Error('no picture'))), 'image/jpeg', 0.88))
}
