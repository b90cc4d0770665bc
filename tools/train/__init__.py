"""Trains the leaf and the fruit model from labelled photographs.

It reads the picture table, cuts leaves and fruit out of their backgrounds,
makes altered samples of them, and fits one MobileNetV2 trunk with a leaf, a
fruit and a gate head. It does not convert to TensorFlow Lite (convert does)
and it judges nothing but its own held-out groups (evaluate does).
"""
