"""Tables and pictures that say what the models can and cannot do.

It reads model files and photographs and writes docs/models/. It chooses no
architecture; `leftout` trains throw-away models by way of train.
"""
