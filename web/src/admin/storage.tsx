import { useEffect, useState } from 'preact/hooks'
import { ask } from '../shared/api'
import { t } from '../shared/i18n'
import { bytes, count, moment } from './format'
import { Fault, Shown, sentence, useLoad } from './load'

interface Storage {
  state: string; sentence: string; records: number; database_bytes: number; photos: number; photo_bytes: number
  disk_free: number; reserve: number; backups_on: boolean; every: string; keep: number
  backups: { name: string; at: string; bytes: number; doubtful: boolean }[]
  chore: { what: string; state: string; done: number; total: number; message: string }
}

export default function StoragePage() {
  const loaded = useLoad<Storage>('/api/admin/storage/')
  const [error, setError] = useState('')
  const running = loaded.data?.chore.state === 'running'
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => void loaded.reload(), 1000)
    return () => clearInterval(timer)
  }, [running, loaded.reload])
  const begin = async (what: 'backup' | 'verify') => {
    try {
      setError('')
      loaded.set((await ask<{ data: Storage }>(`/api/admin/storage/${what}/`, { method: 'POST', json: {} })).data)
    } catch (e) {
      setError(sentence(e))
    }
  }
  return (
    <div class="stack">
      <Fault text={error} />
      <Shown of={loaded}>{(d) => (
        <>
          {d.sentence && <p class="note bad">{d.sentence}</p>}
          <dl class="tiles">
            {[[t('a.store'), d.state, ''], [t('a.database'), bytes(d.database_bytes), t('a.recordsN', { n: count(d.records) })], [t('a.photos'), count(d.photos), bytes(d.photo_bytes)], [t('a.disk'), bytes(d.disk_free), t('a.reserveOf', { size: bytes(d.reserve) })]].map(([name, value, more]) => (
              <div class="tile" key={name}><dt>{name}</dt><dd>{value}{more && <small>{more}</small>}</dd></div>
            ))}
          </dl>
          <div class="row">
            <button class="button main" disabled={running || !d.backups_on} onClick={() => void begin('backup')}>{t('a.backupNow')}</button>
            <button class="button" disabled={running} onClick={() => void begin('verify')}>{t('a.verifyNow')}</button>
          </div>
          <div role="status">
            {d.chore.state && (
              <p class={d.chore.state === 'failed' ? 'note bad' : d.chore.state === 'done' ? 'note good' : 'note'}>
                {t('a.chore.' + d.chore.what)}: {d.chore.state === 'running' ? t('a.running') : d.chore.message}
                {d.chore.state === 'running' && d.chore.total > 0 && <progress max={d.chore.total} value={d.chore.done} aria-label={t('a.chore.' + d.chore.what)} />}
              </p>
            )}
          </div>
          <h2>{t('a.backups')}</h2>
          {!d.backups_on && <p class="note">{t('a.noBackupDir')} <code>BACKUP_DIR</code></p>}
          {d.backups_on && <p class="small soft">{d.every ? t('a.backupEvery', { every: d.every }) : t('a.backupByHand')} {d.keep > 0 ? t('a.backupKeep', { n: d.keep }) : ''}</p>}
          {d.backups_on && d.backups.length === 0 && <p class="note">{t('a.noBackups')}</p>}
          {d.backups.length > 0 && (
            <div class="scroll" tabIndex={0} role="region" aria-label={t('a.backups')}><table>
              <thead><tr><th scope="col">{t('a.file')}</th><th scope="col">{t('a.when')}</th><th scope="col">{t('a.size')}</th></tr></thead>
              <tbody>{d.backups.map((b) => <tr key={b.name}><th scope="row">{b.name}</th><td class="when">{moment(b.at)}{b.doubtful && <> <span class="tag warn">{t('a.doubtful')}</span></>}</td><td>{bytes(b.bytes)}</td></tr>)}</tbody>
            </table></div>
          )}
        </>
      )}</Shown>
    </div>
  )
}
