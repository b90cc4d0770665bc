// Package openapi holds the description of the HTTP interface, OpenAPI 3.1,
// and makes of it the document that programs read and the page that people
// read. A test of room api ties every route to a path here and back, and every
// answer in that room's tests is checked against it.
//
// It serves nothing and knows no handler. Only api calls it.
//
// The description is written in spec/*.json, one file a group of resources,
// in a short form that Document spells out, since four envelopes and their
// errors would otherwise be written a hundred times. Beside what OpenAPI
// knows, an operation there has:
//
//	"access"  open, guest, user or admin → security, 401, 403, x-access
//	"query"   names of components.parameters, or parameters written out
//	"body"    schema of a JSON body
//	"form"    schema of a multipart body
//	"full", "short", "bare"  schema of the 200's data, by envelope
//	"created" the same as bare, for 201
//	"errors"  further statuses; each has the error envelope
//
// A schema is a name in components.schemas or written out.
package openapi
