"""PyTorch's old files are read without PyTorch, and nothing but tensors is."""

import pickle
import struct

import numpy as np
import pytest

from train import oldtorch


def _file(path, body, storages=()):
    with open(path, "wb") as out:
        for part in (oldtorch.MAGIC, oldtorch.VERSION, {"little_endian": True}):
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
    found = oldtorch.tensors(_file(tmp_path / "a.pth", _body(("kernel", 0, (2, 3), (1, 2)), ("bias", 6, (2,), (1,))), [("0", range(8))]))
    assert np.array_equal(found["kernel"], [[0, 2, 4], [1, 3, 5]]), "its axes lie the other way round"
    assert np.array_equal(found["bias"], [6, 7])


def test_a_tensor_beyond_its_storage_is_refused(tmp_path):
    with pytest.raises(ValueError, match="from 8 values"):
        oldtorch.tensors(_file(tmp_path / "a.pth", _body(("kernel", 0, (3, 3), (3, 1))), [("0", range(8))]))


def test_what_is_no_tensor_is_refused(tmp_path):
    for body in (b"cos\nsystem\n(Vtrue\ntR.", b"cbuiltins\neval\n(V1\ntR."):
        with pytest.raises(ValueError, match="it asks for"):
            oldtorch.tensors(_file(tmp_path / "b.pth", body))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(7), b"no pickle"])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "c.pth").write_bytes(content)
    with pytest.raises(ValueError, match="cannot read c.pth"):
        oldtorch.tensors(tmp_path / "c.pth")
