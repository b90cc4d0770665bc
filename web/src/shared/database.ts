// What the phone itself keeps: photos that wait to be sent, and answers that
// were given. The page and the service worker both open it.

export type Kind = 'leaf' | 'fruit'

export interface Place {
  latitude: number
  longitude: number
  accuracy: number // metres
}

// Waiting is a photo (or several of one tree) on its way to the server. Its id
// is the Idempotency-Key: however often it is sent, it is stored once.
export interface Waiting {
  id: string
  at: number
  account: number | null // whose it is; null: nobody's, a preview
  kind: Kind
  photos: Blob[]
  tree: boolean
  label: string
  place: Place | null
  hints: string[]
  tries: number
  next: number // not before this time
  state: 'waiting' | 'login' | 'refused' | 'unstored'
  reason: string // the server's sentence
}

export interface Ranked {
  disease: string
  confidence: number // percent
}

// Shot is one photo of a tree.
export interface Shot {
  photo: Blob
  heat: Blob | null
  disease: string // empty: it could not be read
  verdict: string
  confidence: number // percent
  counted: boolean // in the tree's verdict
}

// Answer is what a photo was answered with, as it is shown again without a
// network.
export interface Answer {
  id: string
  at: number
  account: number | null
  kind: Kind
  label: string
  place: Place | null
  hints: string[]
  photo: Blob
  heat: Blob | null
  tree: number // photos of it; 0: one photo
  shots?: Shot[] // of a tree, each photo and its own answer
  verdict: string // named, unsure, unfamiliar, no mango
  disease: string
  confidence: number // percent
  ranking: Ranked[]
  message: string // of the gate
  record: number | null // its id on the server
  said: boolean | null // the grower's word on it
  right: string // the disease that the grower named
}

// Word is what a grower said of an answer, on its way to the server.
export interface Word {
  id: string // of the answer, or "record:41"
  record: number
  account: number | null
  correct: boolean
  predicted: string
  confidence: number
  right: string
  comment: string
  next: number
}

const name = 'mangosense'
const mostAnswers = 200
const mostTrees = 20 // whose photos are all kept; of older ones the first

let opened: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const r = indexedDB.open(name, 1)
    r.onupgradeneeded = () => {
      const db = r.result
      db.createObjectStore('waiting', { keyPath: 'id' })
      db.createObjectStore('answers', { keyPath: 'id' }).createIndex('at', 'at')
      db.createObjectStore('words', { keyPath: 'id' })
      db.createObjectStore('kept')
    }
    r.onsuccess = () => {
      r.result.onversionchange = () => r.result.close()
      r.result.onclose = () => (opened = null)
      resolve(r.result)
    }
    r.onerror = () => {
      opened = null
      reject(r.error)
    }
  })
  return opened
}

const done = <T>(r: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    r.onsuccess = () => resolve(r.result)
    r.onerror = () => reject(r.error)
  })

const committed = (tx: IDBTransaction) =>
  new Promise<void>((resolve, reject) => {
    tx.oncomplete = () => resolve()
    tx.onabort = tx.onerror = () => reject(tx.error)
  })

async function all<T>(store: string): Promise<T[]> {
  return done<T[]>((await open()).transaction(store).objectStore(store).getAll())
}

async function get<T>(store: string, key: string): Promise<T | undefined> {
  return done<T | undefined>((await open()).transaction(store).objectStore(store).get(key))
}

// change runs one transaction, and returns when it is on the disk.
async function change(stores: string[], act: (store: (name: string) => IDBObjectStore) => void): Promise<void> {
  const tx = (await open()).transaction(stores, 'readwrite')
  act((s) => tx.objectStore(s))
  await committed(tx)
}

export const waiting = {
  all: () => all<Waiting>('waiting').then((list) => list.sort((a, b) => a.at - b.at)),
  get: (id: string) => get<Waiting>('waiting', id),
  put: (...items: Waiting[]) => change(['waiting'], (s) => items.forEach((w) => s('waiting').put(w))),
  drop: (id: string) => change(['waiting'], (s) => s('waiting').delete(id)),
  // answered takes a photo out of the queue and its answer in, both or neither.
  answered: (id: string, a: Answer) => change(['waiting', 'answers'], (s) => (s('waiting').delete(id), s('answers').put(a))),
}

export const answers = {
  all: () => all<Answer>('answers').then((list) => list.sort((a, b) => b.at - a.at)),
  get: (id: string) => get<Answer>('answers', id),
  put: (a: Answer) => change(['answers'], (s) => s('answers').put(a)),
  drop: (id: string) => change(['answers'], (s) => s('answers').delete(id)),
  // trim keeps the newest.
  async trim() {
    const list = await answers.all()
    const bare = list.filter((a) => a.shots).slice(mostTrees)
    if (bare.length) await change(['answers'], (s) => bare.forEach(({ shots: _, ...a }) => s('answers').put(a)))
    if (list.length > mostAnswers) await change(['answers'], (s) => list.slice(mostAnswers).forEach((a) => s('answers').delete(a.id)))
  },
}

export const words = {
  all: () => all<Word>('words'),
  get: (id: string) => get<Word>('words', id),
  put: (w: Word) => change(['words'], (s) => s('words').put(w)),
  drop: (id: string) => change(['words'], (s) => s('words').delete(id)),
}

// kept are the server's lists as they were last seen, and the user's choices.
export const kept = {
  get: <T>(key: string) => get<T>('kept', key),
  put: (key: string, value: unknown) => change(['kept'], (s) => s('kept').put(value, key)),
}

// forget removes what one account left on this phone.
export async function forget(account: number): Promise<void> {
  const [w, a, d] = await Promise.all([waiting.all(), answers.all(), words.all()])
  await change(['waiting', 'answers', 'words', 'kept'], (s) => {
    w.forEach((x) => x.account === account && s('waiting').delete(x.id))
    a.forEach((x) => x.account === account && s('answers').delete(x.id))
    d.forEach((x) => x.account === account && s('words').delete(x.id))
    s('kept').delete('history:' + account)
  })
}

// changed tells the other pages, and the service worker them, that something
// here is different.
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('mango')
const listeners = new Set<() => void>()
channel?.addEventListener('message', () => listeners.forEach((l) => l()))

export function changed(): void {
  channel?.postMessage('changed')
  listeners.forEach((l) => l())
}

export function onChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
