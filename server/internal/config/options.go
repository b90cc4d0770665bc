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

	DataDir   string `group:"Data" env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Database, photos and, when none is given, a generated secret."`
	ModelsDir string `group:"Data" env:"MODELS_DIR" default:"./models" placeholder:"DIR" help:"Folder with manifest.json and the .tflite models."`
	SecretKey string `group:"Data" env:"SECRET_KEY" placeholder:"TEXT" help:"Key that signs what the server hands out, 32 bytes or more; empty: one is made and kept in DATA_DIR with mode 0600."`

	Interpreters int `group:"Work" env:"INTERPRETERS" default:"4" help:"Interpreters of each model, one thread each."`
	Running      int `group:"Work" env:"RUNNING" default:"4" help:"Photos that are decoded and diagnosed at one time."`
	Queue        int `group:"Work" env:"QUEUE" default:"32" help:"Photos that may wait for a place; one more is answered 503 at once."`

	DecodeMemory Size `group:"Memory" env:"DECODE_MEMORY" default:"128MB" help:"Memory that all photos being decoded may take together, as their headers foretell it."`
	UploadMemory Size `group:"Memory" env:"UPLOAD_MEMORY" default:"48MB" help:"Memory for photos being received; above it, new ones wait shortly, then get 503."`
	MemoryLimit  Size `group:"Memory" env:"MEMORY_LIMIT" default:"0" help:"Memory the whole program may take; 0: what the control group allows, else 512MB. Steers Go's collector."`

	MaxPhotoBytes  Size `group:"Photos" env:"MAX_PHOTO_BYTES" default:"10MB" help:"Largest photo file."`
	MaxPhotoPixels int  `group:"Photos" env:"MAX_PHOTO_PIXELS" default:"50000000" help:"Most pixels of a photo, width × height."`

	RequestTimeout time.Duration `group:"Time" env:"REQUEST_TIMEOUT" default:"30s" help:"Time for one photo from its last byte to the answer; above it 504."`
	UploadTimeout  time.Duration `group:"Time" env:"UPLOAD_TIMEOUT" default:"120s" help:"Time for receiving one request."`
	StallTimeout   time.Duration `group:"Time" env:"STALL_TIMEOUT" default:"20s" help:"Longest silence of a sender in the middle of a request."`
	DrainTimeout   time.Duration `group:"Time" env:"DRAIN_TIMEOUT" default:"25s" help:"Time that requests under way get to finish after SIGTERM."`

	LogLevel  string `group:"Log" env:"LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Least level that is logged: debug, info, warn or error."`
	LogFormat string `group:"Log" env:"LOG_FORMAT" enum:"text,json" default:"text" help:"Form of a log line: text or json."`
	AccessLog bool   `group:"Log" env:"ACCESS_LOG" default:"true" negatable:"" help:"Log one line a request to standard output."`
	Debug     bool   `group:"Log" env:"DEBUG" help:"The predecessor's switch: the same as LOG_LEVEL=debug, and nothing else."`
}
