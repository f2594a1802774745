"""The customer encoder: what somebody did in the shop, in order, becomes a vector beside the products' vectors.

    sequences    events as arrays, visits, what is held out
    network      causal self-attention over a sequence, in PyTorch
    softmax      the loss over all products
    training     epochs, early stopping, checkpoints
    transitions  which product follows which, factored
    fitting      all of it together: from histories to a folder of files
    behaviour    that folder opened for serving, without PyTorch
    evaluation   ranking figures
"""
