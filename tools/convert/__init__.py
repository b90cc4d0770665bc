"""Turns a .keras classifier into a full-integer .tflite and its manifest entry.

It takes this project's own models and older MobileNetV2-style classifiers. It
does not train, and it writes nothing when the int8 graph answers differently
from the float model more often than the limit allows.
"""
