// The camera with a frame that says how near to go.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Kind } from '../shared/database'
import { t } from '../shared/i18n'

// hasCamera: without TLS browsers give no camera to a page; its file chooser
// then offers the phone's own.
export const hasCamera = () => !!navigator.mediaDevices?.getUserMedia && matchMedia('(pointer: coarse)').matches

interface Props {
  kind: Kind
  onPhoto(photo: Blob): void
  onClose(): void
  onNone(): void
}

export function Camera({ kind, onPhoto, onClose, onNone }: Props) {
  const video = useRef<HTMLVideoElement>(null)
  const dialog = useRef<HTMLDialogElement>(null)
  const [ready, setReady] = useState(false)

  useEffect(() => {
    let stream: MediaStream | null = null
    let gone = false
    const box = dialog.current!
    box.showModal()
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1440 } }, audio: false })
      .then((s) => {
        stream = s
        if (gone) return s.getTracks().forEach((track) => track.stop())
        video.current!.srcObject = s
        void video.current!.play()
      })
      .catch(() => !gone && onNone())
    return () => {
      gone = true
      box.close() // gives the focus back
      stream?.getTracks().forEach((track) => track.stop())
    }
  }, [])

  function shoot() {
    const from = video.current!
    const canvas = document.createElement('canvas')
    canvas.width = from.videoWidth
    canvas.height = from.videoHeight
    canvas.getContext('2d')!.drawImage(from, 0, 0)
    canvas.toBlob((b) => b && onPhoto(b), 'image/jpeg', 0.92)
  }

  return (
    <dialog ref={dialog} class="camera" aria-label={t('camera.title')} onCancel={onClose}>
      <video ref={video} playsInline muted onLoadedData={() => setReady(true)} />
      <div class={'frame ' + kind} aria-hidden="true" />
      <p class="frame-words">{t('camera.' + kind)}</p>
      <div class="camera-bar">
        <button class="button" onClick={onClose}>{t('cancel')}</button>
        <button class="shutter" disabled={!ready} onClick={shoot} aria-label={t('camera.shoot')} />
        <span />
      </div>
    </dialog>
  )
}
