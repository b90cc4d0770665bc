// One photo's answer: what it is, how sure, what to do, and the grower's word.
import { useEffect, useState } from 'preact/hooks'
import { answers, changed, waiting, words, type Answer, type Kind, type Waiting } from '../shared/database'
import { date, percent, t } from '../shared/i18n'
import { retry, send } from '../shared/outbox'
import { AdviceText } from './Diseases'
import { Thumb } from './Drawing'
import { adviceOf, nameOf, useAdvice } from './advice'
import { PrintIcon, ShareIcon } from './icons'
import { Photos } from './Photos'
import { useBlob } from './Picture'
import { share } from './share'
import { go, refresh, useShared } from './state'

// tone is the colour of a verdict.
export const tone = (disease: string, verdict = '') =>
  verdict === 'no mango' || disease === 'Unknown' || disease === 'Not a mango' ? 'open' : /healthy/i.test(disease) ? 'good' : 'bad'

// sure says in a word how sure an answer is: the levels of the interface.
export const sure = (p: number) => t(p >= 80 ? 'sure.high' : p >= 60 ? 'sure.medium' : p >= 40 ? 'sure.low' : 'sure.verylow')

export function AnswerPage({ id }: { id: string }) {
  const { waiting: queue } = useShared()
  const [answer, set] = useState<Answer | null | undefined>(undefined)
  const [item, setItem] = useState<Waiting | undefined>(queue.find((w) => w.id === id))
  useEffect(() => {
    void Promise.all([answers.get(id), waiting.get(id)]).then(([a, w]) => (set(a ?? null), setItem(w)))
  }, [id, queue])
  if (answer) return <Given answer={answer} />
  if (item) return <Pending item={item} />
  if (answer === undefined) return <h1 tabIndex={-1} class="hidden">{t('answer.title')}</h1>
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{t('answer.gone')}</h1>
      <a class="button" href="#/history">{t('tab.history')}</a>
    </div>
  )
}

function Pending({ item }: { item: Waiting }) {
  const { online } = useShared()
  const url = useBlob(item.photos[0])
  const drop = async () => {
    if (!confirm(t('queue.drop.sure'))) return
    await waiting.drop(item.id)
    changed()
    await refresh()
    go('/')
  }
  return (
    <div class="stack">
      {url && <img class="photo" src={url} alt={t('answer.photo')} />}
      <h1 tabIndex={-1}>{t(item.state === 'waiting' ? (online ? 'pending.now' : 'pending.offline') : 'queue.' + item.state)}</h1>
      {item.reason && <p class="note bad">{item.reason}</p>}
      {item.state === 'waiting' && !online && <p>{t('pending.kept')}</p>}
      {item.state === 'login' && <a class="button main" href="#/account">{t('account.enter')}</a>}
      <Hints hints={item.hints} />
      <div class="row">
        {item.state !== 'waiting' && item.state !== 'login' && <button class="button" onClick={() => void retry(item.id)}>{t('queue.now')}</button>}
        <button class="button danger" onClick={() => void drop()}>{t('queue.drop')}</button>
      </div>
    </div>
  )
}

function Hints({ hints }: { hints: string[] }) {
  if (hints.length === 0) return null
  return (
    <div class="note">
      <ul class="plain-list">{hints.map((h) => <li key={h}>{t('hint.' + h)}</li>)}</ul>
    </div>
  )
}

function Given({ answer: a }: { answer: Answer }) {
  const advice = useAdvice()
  const [shared, setShared] = useState('')
  const others = a.ranking.slice(1).filter((r) => r.confidence >= 1)
  const unclear = tone(a.disease, a.verdict) === 'open'
  return (
    <article class="stack">
      <Photos of={a} name={(s) => (s.verdict === 'no mango' ? t('nomango.' + a.kind) : nameOf(advice, s.disease))} />
      <Verdict disease={a.disease} verdict={a.verdict} name={a.verdict === 'no mango' ? t('nomango.' + a.kind) : nameOf(advice, a.disease)} confidence={a.confidence} />
      <p class="soft small">
        {date(a.at, { day: 'numeric', month: 'long', year: 'numeric', hour: 'numeric', minute: 'numeric' })} · {t('kind.' + a.kind)}{a.label && ' · ' + a.label}
        {a.tree > 0 && ' · ' + t('queue.tree', { n: a.tree })}{a.record === null && ' · ' + t('answer.unkept')}
      </p>
      {a.message && <p class="note">{a.message}</p>}
      <Hints hints={a.hints} />
      {unclear && <Instead kind={a.kind} />}
      {others.length > 0 && !unclear && (
        <section aria-labelledby="others">
          <h2 id="others">{t('answer.others')}</h2>
          <ul class="bars">
            {others.map((r) => (
              <li key={r.disease}><a href={'#/disease/' + encodeURIComponent(r.disease)}><Thumb disease={r.disease} part={a.kind} />{nameOf(advice, r.disease)}</a><span class="soft">{percent(r.confidence / 100)}</span></li>
            ))}
          </ul>
        </section>
      )}
      {advice && <AdviceText advice={advice} about={adviceOf(advice, a.disease)} part={a.kind} />}
      {a.record !== null && <Correction id={a.id} record={a.record} kind={a.kind} disease={a.disease} confidence={a.confidence} said={a.said}
        done={(said, right) => void answers.put({ ...a, said, right })} />}
      <div class="row no-print">
        <button class="button" onClick={() => void share(a, nameOf(advice, a.disease)).then((done) => setShared(done ? '' : t('share.saved')), () => setShared(t('share.failed')))}><ShareIcon />{t('share')}</button>
        <button class="button" onClick={() => print()}><PrintIcon />{t('print')}</button>
        <a class="button warm" href="#/">{t('answer.next')}</a>
      </div>
      <p role="status" class="soft small">{shared}</p>
    </article>
  )
}

export function Verdict({ disease, verdict, name, confidence }: { disease: string; verdict?: string; name: string; confidence: number | null }) {
  const kind = tone(disease, verdict)
  return (
    <div class={'verdict ' + kind}>
      <h1 tabIndex={-1}>{name}</h1>
      {confidence !== null && kind !== 'open' && (
        <p class="sure"><b>{sure(confidence)}</b><span>{percent(confidence / 100)}</span><meter min={0} max={100} value={confidence} aria-label={t('answer.sure')} /></p>
      )}
    </div>
  )
}

function Instead({ kind }: { kind: Kind }) {
  return (
    <section class="first" aria-labelledby="instead">
      <h2 id="instead">{t('instead.title')}</h2>
      <ol><li>{t('instead.' + kind)}</li><li>{t('first.near')}</li><li>{t('first.light')}</li></ol>
    </section>
  )
}

interface CorrectionProps {
  id: string
  record: number
  kind: Kind
  disease: string
  confidence: number
  said: boolean | null
  done(said: boolean, right: string): void
}

// Correction takes the grower's word on an answer, once.
export function Correction({ id, record, kind, disease, confidence, said, done }: CorrectionProps) {
  const { user } = useShared()
  const advice = useAdvice()
  const [open, setOpen] = useState(false)
  const [own, setOwn] = useState<boolean | null>(said)
  const [right, setRight] = useState('')
  const [comment, setComment] = useState('')
  async function say(correct: boolean) {
    await words.put({ id, record, account: user?.id ?? null, correct, predicted: disease, confidence, right: correct ? '' : right, comment, next: 0 })
    done(correct, right)
    setOwn(correct)
    setOpen(false)
    void send()
  }
  if (own !== null) return <p class="note good" role="status">{t('correct.thanks')}</p>
  const list = (advice?.diseases ?? []).filter((d) => d.disease !== disease && !['Unknown', 'Not a mango'].includes(d.disease))
  return (
    <section class="card stack no-print" aria-labelledby="correct">
      <h2 id="correct">{t('correct.title')}</h2>
      {!open ? (
        <div class="row">
          <button class="button" onClick={() => void say(true)}>{t('correct.yes')}</button>
          <button class="button" onClick={() => setOpen(true)}>{t('correct.no')}</button>
        </div>
      ) : (
        <form class="stack" onSubmit={(e) => (e.preventDefault(), void say(false))}>
          <div class="field">
            <label for="right">{t('correct.what')}</label>
            <select id="right" required value={right} onChange={(e) => setRight(e.currentTarget.value)}>
              <option value="">{t('correct.choose')}</option>
              {list.map((d) => <option key={d.disease} value={d.disease}>{d.name}</option>)}
              <option value={'Not a mango ' + kind}>{t('correct.nomango')}</option>
              <option value="Something else">{t('correct.else')}</option>
            </select>
          </div>
          <div class="field">
            <label for="comment">{t('correct.comment')}</label>
            <textarea id="comment" rows={3} maxLength={500} value={comment} onInput={(e) => setComment(e.currentTarget.value)} />
          </div>
          <div class="row"><button class="button main">{t('correct.send')}</button><button type="button" class="button" onClick={() => setOpen(false)}>{t('cancel')}</button></div>
        </form>
      )}
    </section>
  )
}
