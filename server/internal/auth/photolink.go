package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"
)

// linkBytes is the length of a photo address's signature: 128 bits are beyond
// guessing and keep addresses short.
const linkBytes = 16

// SignPhoto signs that the photo of that name may be seen until then.
func (a *Accounts) SignPhoto(name string, until time.Time) string {
	return base64.RawURLEncoding.EncodeToString(photoMAC(a.keys[0].photos, name, until.Unix()))
}

// PhotoSigned reports whether the signature of a photo's address is one of
// ours and the time has not come. A previous secret's signatures still count.
func (a *Accounts) PhotoSigned(name, until, signature string) bool {
	seconds, err := strconv.ParseInt(until, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != until || a.now().Unix() >= seconds {
		return false
	}
	got, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	for _, k := range a.keys {
		if hmac.Equal(got, photoMAC(k.photos, name, seconds)) {
			return true
		}
	}
	return false
}

func photoMAC(key []byte, name string, until int64) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(strconv.AppendInt(nil, until, 10))
	mac.Write([]byte{'\n'})
	mac.Write([]byte(name))
	return mac.Sum(nil)[:linkBytes]
}
