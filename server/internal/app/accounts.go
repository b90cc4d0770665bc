package app

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"mangosense/server/internal/api"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/config"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// secretFile holds the secret in DATA_DIR when none is given.
const secretFile = "secret"

// secret is what every signature is derived from.
func secret(o config.Options) ([]byte, error) {
	if o.SecretKey != "" {
		return []byte(o.SecretKey), nil
	}
	return auth.LoadSecret(filepath.Join(o.DataDir, secretFile))
}

// openAccounts opens package auth, which authenticates callers.
func openAccounts(o config.Options, data *store.Store, log *slog.Logger) (*auth.Accounts, error) {
	key, err := secret(o)
	if err != nil {
		return nil, err
	}
	previous := make([][]byte, 0, len(o.PreviousSecretKeys))
	for _, k := range o.PreviousSecretKeys {
		previous = append(previous, []byte(k))
	}
	accounts, err := auth.New(auth.Config{
		Users: data, Sessions: data, Secret: key, Previous: previous, DjangoKey: []byte(o.DjangoSecretKey),
		AccessLife: o.AccessLifetime, AdminAccessLife: o.AdminAccessLifetime, RefreshLife: o.RefreshLifetime,
		Healthy: func() error { return data.Health().Usable() }, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot open the accounts: %w", err)
	}
	return accounts, nil
}

// limits are the options' rates, or none.
func limits(o config.Options) api.Limits {
	if o.RateLimit == "off" {
		return api.Limits{}
	}
	return api.Limits{
		Register: o.RegisterRate, Login: o.LoginRate, Refresh: o.RefreshRate,
		Predict: o.PredictRate, Preview: o.PreviewRate,
	}
}

// inference describes the models to clients of the Open Inference Protocol.
type inference struct{ *diagnose.Diagnoser }

func (i inference) Models() []api.InferenceModel {
	var out []api.InferenceModel
	for _, m := range i.Diagnoser.Models() {
		shown := api.InferenceModel{
			ID: m.ID, Version: m.Version, Kind: mango.Kind(m.Kind),
			Width: m.Input.Width, Height: m.Input.Height, Colors: m.Input.Channels,
		}
		for _, c := range m.Classes {
			shown.Classes = append(shown.Classes, mango.Canonical(c))
		}
		if m.Gate != nil {
			shown.Gate = m.Gate.Classes
		}
		out = append(out, shown)
	}
	return out
}
