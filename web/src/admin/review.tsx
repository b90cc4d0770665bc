import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { t } from '../shared/i18n'
import { count } from './format'
import { Filters, type Filter, none, queryOf } from './filters'
import { Fault, Pages, sentence, useLoad, useTyped } from './load'
import { Subject } from './subject'
import { type Row, type ReviewPage, changeRow, deleteRows, useClasses } from './records'

const size = 48

// Done is what undo takes back.
interface Done { rows: Row[]; said: string }

export default function Review() {
  const [filter, setFilter] = useState<Filter>(none)
  const [page, setPage] = useState(1)
  const query = useTyped(queryOf(filter), 250)
  const list = useLoad<ReviewPage>(`/api/admin/review/?${query}&page=${page}&page_size=${size}`)
  const [at, setAt] = useState(0)
  const [picked, setPicked] = useState<Set<number>>(new Set())
  const [heat, setHeat] = useState(() => matchMedia('(min-width: 60rem)').matches)
  const [help, setHelp] = useState(false)
  const [error, setError] = useState('')
  const [said, setSaid] = useState('')
  const [doomed, setDoomed] = useState<number[]>([]) // asked for confirmation
  const last = useRef<Done | null>(null)
  const classes = useClasses()
  const rows = list.data?.rows ?? []
  const row = rows[Math.min(at, rows.length - 1)]

  useEffect(() => setPage(1), [query])
  useEffect(() => {
    setAt(0)
    setPicked(new Set())
    setDoomed([])
  }, [query, page])

  const choices = useMemo(() => (row ? classes.of(row) : []), [row, classes])
  const go = useCallback((to: number) => {
    setAt(Math.max(0, Math.min(to, rows.length - 1)))
    setDoomed([])
  }, [rows.length])
  useEffect(() => {
    // Beside the photo the list scrolls by itself; on a phone it would pull the page away.
    if (matchMedia('(min-width: 60rem)').matches) document.getElementById('row-' + row?.id)?.scrollIntoView({ block: 'nearest' })
  }, [row?.id])

  // Answers may come after the list was changed by another key.
  const replace = (changed: Row[]) => list.set((d) => d && { ...d, rows: d.rows.map((r) => changed.find((c) => c.id === r.id) ?? r) })

  const verify = async (of: Row[], disease?: string) => {
    if (of.length === 0) return
    // The next photo comes at once: a slow link does not slow the eye.
    if (of.length === 1 && of[0]!.id === row?.id) go(at + 1)
    try {
      setError('')
      await changeRow(of.map((r) => r.id), disease === undefined ? { is_verified: true } : { is_verified: true, predicted_class: disease })
      last.current = { rows: of, said: '' }
      replace(of.map((r) => ({ ...r, is_verified: true, disease: disease ?? r.disease })))
      setSaid(disease === undefined ? t('a.confirmedN', { n: of.length }) : t('a.correctedN', { n: of.length, disease }))
      setPicked(new Set())
    } catch (e) {
      setError(`${of.map((r) => r.id).slice(0, 5).join(', ')}: ${sentence(e)}`)
    }
  }
  const undo = async () => {
    const done = last.current
    if (!done) return
    try {
      for (const r of done.rows) await changeRow([r.id], { is_verified: r.is_verified, predicted_class: r.disease })
      replace(done.rows)
      last.current = null
      setSaid(t('a.undone'))
    } catch (e) {
      setError(sentence(e))
    }
  }
  const remove = async (ids: number[]) => {
    try {
      setError('')
      await deleteRows(ids)
      last.current = null
      setSaid(t('a.deletedN', { n: ids.length }))
      setPicked(new Set())
      setDoomed([])
      await list.reload()
    } catch (e) {
      setError(sentence(e))
    }
  }
  const pick = (id: number) => setPicked((now) => {
    const next = new Set(now)
    if (!next.delete(id)) next.add(id)
    return next
  })
  const chosen = rows.filter((r) => picked.has(r.id))
  const meant = () => (chosen.length > 0 ? chosen : row ? [row] : [])

  // Keys act on what is drawn: each drawing puts its own act in place, so that
  // two quick keys never mean the photo of before.
  const press = useRef((_: KeyboardEvent) => {})
  press.current = (e) => {
    const into = e.target as HTMLElement
    if (e.ctrlKey || e.metaKey || e.altKey || into.closest('input, select, textarea, dialog')) return
    const number = Number(e.key)
    const acts: Record<string, () => unknown> = {
      ArrowRight: () => go(at + 1), j: () => go(at + 1), ArrowLeft: () => go(at - 1), k: () => go(at - 1),
      c: () => verify(meant()), x: () => row && pick(row.id), h: () => setHeat(!heat), u: undo,
      d: () => meant().length && setDoomed(meant().map((r) => r.id)), '?': () => setHelp(!help),
      Escape: () => { setDoomed([]); setPicked(new Set()) },
    }
    const act = number >= 1 && number <= choices.length ? () => verify(meant(), choices[number - 1]!) : acts[e.key]
    if (!act) return
    e.preventDefault()
    void act()
  }
  useEffect(() => {
    const key = (e: KeyboardEvent) => press.current(e)
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [])

  return (
    <div class="review">
      <Filters filter={filter} set={setFilter} classes={classes.all} />
      <p class="row small">
        <span>{list.data ? t('a.shownOf', { n: count(list.data.pagination.total_count) }) : ''}</span>
        <button class="button slim" aria-expanded={help} onClick={() => setHelp(!help)}>{t('a.keys')}</button>
      </p>
      {help && <KeyHelp />}
      <Fault text={error || list.error} />
      <p role="status" class="said">{said}</p>
      {chosen.length > 0 && (
        <div class="card row bulk" role="group" aria-label={t('a.bulk')}>
          <strong>{t('a.pickedN', { n: chosen.length })}</strong>
          <button class="button slim" onClick={() => void verify(chosen)}>{t('a.confirm')}</button>
          <label class="row">
            <span>{t('a.correctTo')}</span>
            <select value="" onChange={(e) => { const to = e.currentTarget.value; e.currentTarget.value = ''; if (to) void verify(chosen, to) }}>
              <option value="">–</option>
              {classes.all.map((c) => <option key={c}>{c}</option>)}
            </select>
          </label>
          <button class="button slim danger" onClick={() => setDoomed(chosen.map((r) => r.id))}>{t('a.delete')}</button>
          <button class="button slim" onClick={() => setPicked(new Set())}>{t('a.clear')}</button>
        </div>
      )}
      {doomed.length > 0 && (
        <div class="note bad row" role="alertdialog" aria-label={t('a.delete')}>
          <span>{t('a.sureDelete', { n: doomed.length })}</span>
          <button class="button slim danger" autofocus ref={(b) => b?.focus()} onClick={() => void remove(doomed)}>{t('a.deleteNow')}</button>
          <button class="button slim" onClick={() => setDoomed([])}>{t('a.keep')}</button>
        </div>
      )}
      {list.data && rows.length === 0 && <Empty filtered={queryOf(filter) !== queryOf({ ...none, verified: 'all', order: 'newest' })} all={() => setFilter({ ...none, verified: 'all', order: 'newest' })} />}
      {row && (
        <div class="desk">
          <Subject row={row} heat={heat} showHeat={setHeat} choices={choices} all={classes.all} picked={picked.has(row.id)}
            pick={() => pick(row.id)} verify={(disease) => void verify([row], disease)} remove={() => setDoomed([row.id])}
            previous={at > 0 ? () => go(at - 1) : undefined} next={at < rows.length - 1 ? () => go(at + 1) : undefined} />
          <ul class="grid" aria-label={t('a.photos')}>
            {rows.map((r, i) => (
              <li key={r.id} id={'row-' + r.id}>
                <button class={`thumb${r.is_verified ? ' done' : ''}${picked.has(r.id) ? ' picked' : ''}`} aria-current={i === at ? 'true' : undefined} onClick={() => go(i)}>
                  {r.has_photo ? <img src={`/api/admin/review/${r.id}/thumbnail/`} alt="" loading="lazy" width="112" height="84" /> : <span class="none" aria-hidden="true">?</span>}
                  <span class="what">{r.disease}</span>
                  <span class="small">{r.confidence === null ? '–' : Math.round(r.confidence * 100) + ' %'}{r.is_verified ? ' ✓' : ''}</span>
                  <span class="hidden">{`${t('a.record')} ${r.id}${r.is_verified ? ', ' + t('a.verified') : ''}${picked.has(r.id) ? ', ' + t('a.picked') : ''}`}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {list.data && <Pages page={page} total={list.data.pagination.total_count} size={size} go={setPage} />}
    </div>
  )
}

function Empty({ filtered, all }: { filtered: boolean; all: () => void }) {
  const any = useLoad<{ rows: unknown[] }>('/api/admin/review/?order=newest&verified=all&page_size=1')
  if (!any.data) return null
  if (any.data.rows.length === 0) return <p class="note">{t('a.noRecords')} <a href="/">{t('admin.growers')}</a></p>
  return <p class="note good">{t('a.nothingLeft')} {filtered && <button class="button slim" onClick={all}>{t('a.showAll')}</button>}</p>
}

function KeyHelp() {
  return (
    <dl class="card keys">
      {[['→ j', 'a.next'], ['← k', 'a.previous'], ['c', 'a.confirm'], ['1–9', 'a.correct'], ['x', 'a.pick'], ['d', 'a.delete'], ['h', 'a.heat'], ['u', 'a.undo'], ['Esc', 'a.clear'], ['?', 'a.keys']].map(([k, what]) => (
        <div key={k}><dt><kbd>{k}</kbd></dt><dd>{t(what!)}</dd></div>
      ))}
    </dl>
  )
}

