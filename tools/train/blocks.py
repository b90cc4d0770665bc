"""MobileNetV2 1.0 as numbers, as published, and where this project cuts it.

The learner begins at block SPLIT: the blocks before it stay as ImageNet made them. They cost most of a step, and what
is learnt there from a few tables does not hold on others (docs/trials.md). The means of layer SETTING tell how a photo
was taken (setting.py).
"""

# (expansion, channels, repeats, stride, kernel)
BLOCKS = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 32, 3, 2, 3), (6, 64, 4, 2, 3), (6, 96, 3, 1, 3), (6, 160, 3, 2, 3), (6, 320, 1, 1, 3))
FIRST = 32
# Channels of the map that the heads stand on.
FEATURES = 1280
SPLIT = 13
SETTING = "b5_expand_relu"
# Blocks whose widened map (14×14×576) a kind's gate takes beside the last one: where the diseases are told apart, what is a mango's
# leaf at all, however small and with whatever it has, is half forgotten. Of fruit it is not (docs/trials.md).
GATE_TAPS = {"leaf": (12, 13), "fruit": ()}


def each():
    """(number, channels in, expansion, channels out, stride, kernel) of every block."""
    channels, number = FIRST, 0
    for expansion, out, repeats, stride, kernel in BLOCKS:
        for k in range(repeats):
            yield number, channels, expansion, out, stride if k == 0 else 1, kernel
            channels, number = out, number + 1


def number(layer: str) -> int:
    """The block that a layer's name belongs to: -1 for the convolution before all, a large one for what comes after."""
    head = layer.split("_")[0]
    if head[0] == "b" and head[1:].isdigit():
        return int(head[1:])
    return -1 if layer.startswith("conv_first") else 1000
