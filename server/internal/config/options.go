package config

import "time"

// Options are all options of `mangosense serve`. Groups are sections of
// docs/config.md.
type Options struct {
	Address string `group:"Network" env:"ADDRESS" default:"" placeholder:"HOST" help:"Address to listen on; empty: all of this machine's."`
	Port    int    `group:"Network" env:"PORT" default:"8000" help:"TCP port to listen on; 0: any free one, named in the start log."`

	AllowedHosts        []string `group:"Network" env:"ALLOWED_HOSTS" placeholder:"HOST,…" help:"Host names this server answers to; empty or '*': any. '.example.org' stands for all names below it."`
	CORSOrigins         []string `group:"Network" name:"cors-origins" env:"CORS_ORIGINS" placeholder:"ORIGIN,…" help:"Web origins that may call this server, beside those of the mobile app and of local development."`
	CORSAllowAllOrigins bool     `group:"Network" name:"cors-allow-all-origins" env:"CORS_ALLOW_ALL_ORIGINS" help:"Let any web origin call this server (never with credentials)."`

	TrustedProxies []string `group:"Network" env:"TRUSTED_PROXIES" placeholder:"ADDRESS,…" help:"Addresses or networks of proxies whose X-Forwarded-For, -Proto and -Host are believed; empty: none."`
	TLSCert        string   `group:"Network" name:"tls-cert" env:"TLS_CERT" placeholder:"FILE" help:"Certificate chain (PEM) to serve HTTPS by itself; empty: HTTP, TLS is the proxy's. Read again when it changes."`
	TLSKey         string   `group:"Network" name:"tls-key" env:"TLS_KEY" placeholder:"FILE" help:"Private key (PEM) of TLS_CERT."`

	MetricsAccess string `group:"Network" env:"METRICS_ACCESS" enum:"local,token,open" default:"local" help:"Who may read /metrics beside METRICS_TOKEN and an administrator's token: local: programs on this machine; token: nobody; open: everybody. Behind a proxy on this machine that adds no X-Forwarded-For, choose token."`
	MetricsToken  string `group:"Network" env:"METRICS_TOKEN" placeholder:"TEXT" help:"A bearer token for /metrics, 16 bytes or more; empty: none."`

	MapTiles string `group:"Network" env:"MAP_TILES" default:"off" placeholder:"ADDRESS" help:"Map beneath the places of photos, in the pages: off: a grid without any map, and no page asks another host; osm: OpenStreetMap's own tiles; or the address of other tiles with {z}, {x} and {y}. Whoever runs the tiles learns which area a user looks at."`

	DataDir   string `group:"Data" env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Database, photos and, when none is given, a generated secret."`
	ModelsDir string `group:"Data" env:"MODELS_DIR" placeholder:"DIR" help:"Folder with manifest.json and the .tflite models; empty: ./models, else models beside the program, else models beside the program's folder."`
	SecretKey string `group:"Data" env:"SECRET_KEY" placeholder:"TEXT" help:"Key that signs what the server hands out, 32 bytes or more; empty: one is made and kept in DATA_DIR with mode 0600."`

	DiskReserve  Size          `group:"Keeping" env:"DISK_RESERVE" default:"64MB" help:"Free disk space below which nothing more is stored: saves get their diagnosis and are not stored."`
	UserQuota    Size          `group:"Keeping" env:"USER_QUOTA" default:"0" help:"Disk space that the photos and records of one account may fill, administrators' excepted; above it saves get their diagnosis and are not stored. 0: half of what is free and its own together."`
	UserLimit    int           `group:"Keeping" env:"USER_LIMIT" default:"20000" help:"Most accounts; then nobody can register. 0: any number."`
	SelfRepair   bool          `group:"Keeping" env:"SELF_REPAIR" was:"SELF_HEAL" help:"Repair a damaged database, at the start and while serving: the damaged file is put aside, what is readable and the newest backup make a new one."`
	BackupDir    string        `group:"Keeping" env:"BACKUP_DIR" placeholder:"DIR" help:"Where backups go, best on another disk."`
	BackupEvery  time.Duration `group:"Keeping" env:"BACKUP_EVERY" default:"0" help:"How often the server backs up by itself, such as 24h; 0: never."`
	BackupKeep   int           `group:"Keeping" env:"BACKUP_KEEP" default:"7" help:"Backups that stay; 0: all."`
	BackupPhotos bool          `group:"Keeping" env:"BACKUP_PHOTOS" help:"Backups copy the photos too."`
	PhotoQuota   Size          `group:"Keeping" env:"PHOTO_QUOTA" default:"0" help:"Disk space for photos; above it the oldest go first, those an expert worked on last. 0: no bound."`
	PhotoAge     time.Duration `group:"Keeping" env:"PHOTO_AGE" default:"0" help:"Photos nobody worked on go after this time, such as 8760h; their records stay. 0: never."`
	ExpertAge    time.Duration `group:"Keeping" env:"EXPERT_AGE" default:"0" help:"The same for photos that an expert verified or corrected."`
	RecordAge    time.Duration `group:"Keeping" env:"RECORD_AGE" default:"0" help:"Records nobody worked on go after this time, with their photos. 0: never."`
	UpkeepEvery  time.Duration `group:"Keeping" env:"UPKEEP_EVERY" default:"6h" help:"How often photos without a record are swept and the ages above are applied; 0: never."`

	PreviousSecretKeys  []string      `group:"Accounts" env:"PREVIOUS_SECRET_KEYS" placeholder:"TEXT,…" help:"Earlier values of SECRET_KEY: what they signed counts until it expires."`
	DjangoSecretKey     string        `group:"Accounts" env:"DJANGO_SECRET_KEY" placeholder:"TEXT" help:"The Django predecessor's SECRET_KEY: its tokens count until they expire, for imported users."`
	AccessLifetime      time.Duration `group:"Accounts" env:"ACCESS_LIFETIME" default:"1h" help:"How long a grower's access token is good."`
	AdminAccessLifetime time.Duration `group:"Accounts" env:"ADMIN_ACCESS_LIFETIME" default:"12h" help:"How long an administrator's access token is good; the web admin does not refresh it."`
	RefreshLifetime     time.Duration `group:"Accounts" env:"REFRESH_LIFETIME" default:"168h" help:"How long a refresh token is good."`
	PhotoLinkLifetime   time.Duration `group:"Accounts" env:"PHOTO_LINK_LIFETIME" default:"1h" help:"How long the signed address of a photo is good, at least."`
	AnonymousPreviews   bool          `group:"Accounts" env:"ANONYMOUS_PREVIEWS" default:"true" negatable:"" help:"Answer photos without a login when nothing is to be stored (preview_only=true)."`

	RateLimit    string `group:"Limits" env:"RATE_LIMIT" enum:"on,off" default:"on" help:"on: the limits below hold; off: none does (for tests)."`
	RegisterRate int    `group:"Limits" env:"REGISTER_RATE" default:"6" help:"Registrations a minute from one address; as many may come at once. 0: any number, here and below."`
	LoginRate    int    `group:"Limits" env:"LOGIN_RATE" default:"15" help:"Failed logins a minute from one address, for one account from one address, and for one account from addresses that it does not know; docs/api.md says what follows."`
	RefreshRate  int    `group:"Limits" env:"REFRESH_RATE" default:"60" help:"Token refreshes a minute from one address, and for one account."`
	PredictRate  int    `group:"Limits" env:"PREDICT_RATE" default:"120" help:"Photos a minute from one address, and from one account. One that is costly to decode counts as several, a tree as its photos."`
	PreviewRate  int    `group:"Limits" env:"PREVIEW_RATE" default:"30" help:"Photos a minute from one address without a login."`

	Interpreters int `group:"Work" env:"INTERPRETERS" default:"4" help:"Interpreters of each model at most, one thread each: one at the start, more as photos wait for each other."`
	Running      int `group:"Work" env:"RUNNING" default:"0" help:"Photos that are decoded and diagnosed at one time; 0: one more than processors, 4 at most."`
	Queue        int `group:"Work" env:"QUEUE" default:"1024" help:"Photos whose bodies have arrived and that may wait for a place, in turn by client and by work; one more is answered 503 at once."`

	Patience time.Duration `group:"Work" env:"PATIENCE" default:"5s" help:"Longest wait for a photo to be served. One that would wait longer, as the line foretells it, is answered 503 before its body is read, with the time in Retry-After."`

	AnswerCache     int           `group:"Work" env:"ANSWER_CACHE" was:"RECALL_PHOTOS" default:"1024" help:"Answers kept by the photo's content, for its second upload; 0: none."`
	AnswerCacheTime time.Duration `group:"Work" env:"ANSWER_CACHE_TIME" was:"RECALL_TIME" default:"10m" help:"How long an answer is kept; 0: not at all."`

	DecodeMemory Size `group:"Memory" env:"DECODE_MEMORY" default:"0" help:"Memory that all photos being decoded may take together, as their headers foretell it; 0: a quarter of the whole, 128MB of 512."`
	UploadMemory Size `group:"Memory" env:"UPLOAD_MEMORY" default:"0" help:"Memory for what requests hold: bodies, fields, what parsing makes of them, answers not yet read; 0: 3/32 of the whole, 48MB of 512. Above it new ones wait shortly, those without progress have to go, then 503."`
	MemoryLimit  Size `group:"Memory" env:"MEMORY_LIMIT" default:"0" help:"Memory the whole program may take; 0: what the control group allows, else 512MB. Steers Go's collector."`

	MaxPhotoBytes  Size `group:"Photos" env:"MAX_PHOTO_BYTES" default:"10MB" help:"Largest photo file."`
	MaxPhotoPixels int  `group:"Photos" env:"MAX_PHOTO_PIXELS" default:"0" help:"Most pixels of a photo, width × height; 0: by what its encoding costs, 268 million for a baseline JPEG and 67 million for others. DECODE_MEMORY holds as well."`

	RequestTimeout time.Duration `group:"Time" env:"REQUEST_TIMEOUT" default:"30s" help:"Time for one photo from its last byte to the answer; above it 504."`
	UploadTimeout  time.Duration `group:"Time" env:"UPLOAD_TIMEOUT" default:"120s" help:"Time for receiving one request."`
	StallTimeout   time.Duration `group:"Time" env:"STALL_TIMEOUT" default:"20s" help:"Longest silence of a sender in the middle of a request."`
	DrainTimeout   time.Duration `group:"Time" env:"DRAIN_TIMEOUT" default:"25s" help:"Time that requests under way get to finish after SIGTERM."`

	LogLevel  string `group:"Log" env:"LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Least level that is logged: debug, info, warn or error."`
	LogFormat string `group:"Log" env:"LOG_FORMAT" enum:"text,json" default:"text" help:"Form of a log line: text or json."`
	AccessLog bool   `group:"Log" env:"ACCESS_LOG" default:"true" negatable:"" help:"Log one line a request to standard output."`
	Debug     bool   `group:"Log" env:"DEBUG" help:"The predecessor's switch: the same as LOG_LEVEL=debug, and nothing else."`
}
