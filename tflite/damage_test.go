package tflite_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"mangosense/tflite"
)

// Damaged models are opened in a process of their own, since what the check
// misses would end this one.
const damageChild = "TFLITE_TEST_DAMAGE"

func TestMain(m *testing.M) {
	if path := os.Getenv(damageChild); path != "" {
		damaged(path)
		return
	}
	if paths := os.Getenv(residentChild); paths != "" {
		printResident(paths)
		return
	}
	os.Exit(m.Run())
}

// damaged opens and runs the file at path cut short everywhere, then changed at
// random, and says what it is about to try.
func damaged(path string) {
	good, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	stride, _ := strconv.Atoi(os.Getenv(damageChild + "_STRIDE"))
	flips, _ := strconv.Atoi(os.Getenv(damageChild + "_FLIPS"))
	opened := 0
	for n := 0; n < len(good); n += stride {
		if try(path, good[:n], fmt.Sprintf("cut to %d bytes", n)) {
			fmt.Printf("opened although cut to %d bytes\n", n)
			os.Exit(1)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range flips {
		b := bytes.Clone(good)
		note := fmt.Sprintf("change %d:", i)
		for range 1 + i%3 {
			at := random.IntN(len(b))
			if i%2 == 0 {
				b[at] ^= 1 << random.IntN(8)
			} else {
				b[at] = byte(random.Uint32())
			}
			note += fmt.Sprintf(" byte %d is %#x", at, b[at])
		}
		if try(path, b, note) {
			opened++
		}
	}
	fmt.Printf("%d of %d changed files opened and ran\n", opened, flips)
}

func try(path string, b []byte, note string) bool {
	fmt.Println(note) // the last one tells what it died of
	check(os.WriteFile(path+".damaged", b, 0o644))
	m, err := tflite.Open(path+".damaged", tflite.Config{Interpreters: 1})
	if err != nil {
		return false
	}
	info := m.Info()
	outputs := make([][]byte, len(info.Outputs))
	for i := range outputs {
		outputs[i] = make([]byte, info.Outputs[i].Bytes())
	}
	err = m.Run(context.Background(), noise(info.Input.Bytes(), 5), outputs)
	_ = m.Close()
	return err == nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func TestDamageNeverCrashes(t *testing.T) {
	for _, c := range []struct {
		name          string
		path          func(testing.TB) string
		stride, flips int
	}{
		{"two heads", func(t testing.TB) string { return write(t, "heads.tflite", twoHeads()) }, 3, 1500},
		{"leaf", real, 40961, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if n, err := strconv.Atoi(os.Getenv("TFLITE_FLIPS")); err == nil {
				c.flips = n
			} else if testing.Short() {
				c.stride, c.flips = c.stride*16, c.flips/16
			}
			content, err := os.ReadFile(c.path(t))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "model")
			check(os.WriteFile(path, content, 0o644))
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), damageChild+"="+path,
				fmt.Sprintf("%s_STRIDE=%d", damageChild, c.stride), fmt.Sprintf("%s_FLIPS=%d", damageChild, c.flips))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v after\n%s", err, out[max(0, len(out)-3000):])
			}
			last := bytes.TrimSpace(out)
			t.Logf("%s", last[bytes.LastIndexByte(last, '\n')+1:])
		})
	}
}
