"""PyTorch's files are read without PyTorch, and nothing but tensors is."""

import pickle
import struct
import zipfile

import numpy as np
import pytest

from train import torchfile


def _file(path, body, storages=()):
    with open(path, "wb") as out:
        for part in (torchfile.MAGIC, torchfile.VERSION, {"little_endian": True}):
            pickle.dump(part, out, 2)
        out.write(body)
        pickle.dump([name for name, _ in storages], out, 2)
        for _, values in storages:
            out.write(struct.pack("<q", len(values)) + np.asarray(values, "<f4").tobytes())
    return path


def _body(*calls):
    """A pickle of OrderedDict(name → _rebuild_tensor_v2(storage "0", first, shape, steps, ...)), opcode by opcode."""
    text = b"\x80\x02ccollections\nOrderedDict\n)R("
    for name, first, shape, steps in calls:
        text += b"V" + name.encode() + b"\nctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x08NtQ"
        text += b"K" + bytes([first]) + b"".join(b"(" + b"".join(b"K" + bytes([n]) for n in four) + b"t" for four in (shape, steps)) + b"\x89NtR"
    return text + b"u."


def test_tensors_share_a_storage(tmp_path):
    found = torchfile.tensors(_file(tmp_path / "a.pth", _body(("kernel", 0, (2, 3), (1, 2)), ("bias", 6, (2,), (1,))), [("0", range(8))]))
    assert np.array_equal(found["kernel"], [[0, 2, 4], [1, 3, 5]]), "its axes lie the other way round"
    assert np.array_equal(found["bias"], [6, 7])


def _archive(path, body, storages=(), byteorder=b"little"):
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("net/data.pkl", body)
        out.writestr("net/byteorder", byteorder)
        for name, values in storages:
            out.writestr(f"net/data/{name}", np.asarray(values, "<f4").tobytes())
    return path


def test_an_archive_holds_the_same(tmp_path):
    found = torchfile.tensors(_archive(tmp_path / "a.pt", _body(("kernel", 0, (2, 3), (1, 2)), ("bias", 6, (2,), (1,))), [("0", range(8))]))
    assert np.array_equal(found["kernel"], [[0, 2, 4], [1, 3, 5]])
    assert np.array_equal(found["bias"], [6, 7])


def test_a_broken_archive_is_refused(tmp_path):
    body = _body(("bias", 0, (2,), (1,)))
    with pytest.raises(ValueError, match="big-endian"):
        torchfile.tensors(_archive(tmp_path / "a.pt", body, [("0", range(2))], b"big"))
    with pytest.raises(ValueError, match="cannot read b.pt"):
        torchfile.tensors(_archive(tmp_path / "b.pt", body))
    with pytest.raises(ValueError, match="it asks for os.system"):
        torchfile.tensors(_archive(tmp_path / "c.pt", b"cos\nsystem\n(Vtrue\ntR."))
    with zipfile.ZipFile(tmp_path / "d.pt", "w") as out:
        out.writestr("readme", "")
    with pytest.raises(ValueError, match="it holds no tensors"):
        torchfile.tensors(tmp_path / "d.pt")


def test_a_tensor_beyond_its_storage_is_refused(tmp_path):
    with pytest.raises(ValueError, match="from 8 values"):
        torchfile.tensors(_file(tmp_path / "a.pth", _body(("kernel", 0, (3, 3), (3, 1))), [("0", range(8))]))


def test_what_is_no_tensor_is_refused(tmp_path):
    for body in (b"cos\nsystem\n(Vtrue\ntR.", b"cbuiltins\neval\n(V1\ntR."):
        with pytest.raises(ValueError, match="it asks for"):
            torchfile.tensors(_file(tmp_path / "b.pth", body))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(7), b"no pickle"])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "c.pth").write_bytes(content)
    with pytest.raises(ValueError, match="cannot read c.pth"):
        torchfile.tensors(tmp_path / "c.pth")
