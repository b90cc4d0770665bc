package codec

import "fmt"

// Type is the first byte of a value: what it is a value of.
type Type byte

const (
	TypeRecord       Type = 'R'
	TypeUser         Type = 'U'
	TypeConfirmation Type = 'C'
	TypeNotification Type = 'B'
	TypeSession      Type = 'E'
	TypeSymptom      Type = 'y'
	TypeAlias        Type = 'a'
	TypeDisease      Type = 'd'
	TypeLink         Type = 'l'
	TypeSetting      Type = 'O'
	TypeReply        Type = 'I'
	TypeDay          Type = 'D'
	TypePhoto        Type = 'P'
	TypeRoot         Type = 'L'
	TypeNode         Type = 'N'
	TypeTotals       Type = 'T'
	TypeSchema       Type = 'S'
	TypeDate         Type = 'K'
)

// plural names the values of a type in an error. It is the name of their bucket.
var plural = map[Type]string{
	TypeRecord: "records", TypeUser: "users", TypeConfirmation: "confirmations", TypeNotification: "notifications",
	TypeSession: "sessions", TypeSymptom: "symptoms", TypeAlias: "aliases", TypeDisease: "diseases", TypeLink: "links",
	TypeSetting: "settings", TypeReply: "replies", TypeDay: "days", TypePhoto: "photos", TypeRoot: "lists", TypeNode: "nodes",
	TypeTotals: "meta", TypeSchema: "meta", TypeDate: "meta",
}

// Bucket is the name of the bucket that keeps values of the type; empty for a
// byte that is no type.
func (t Type) Bucket() string { return plural[t] }

// located says which value an error is about. The key of a session is the id of
// a token, which must not stand in a log.
func located(err error, typ Type, key []byte) error {
	switch typ {
	case TypeSession:
		return fmt.Errorf("bucket sessions, a key of %d bytes: %w", len(key), err)
	case TypeRoot, TypeNode, TypeSetting, TypeTotals, TypeSchema, TypeDate:
		return fmt.Errorf("bucket %s, key %q: %w", typ.Bucket(), key, err)
	}
	return fmt.Errorf("bucket %s, key %x: %w", typ.Bucket(), key, err)
}
