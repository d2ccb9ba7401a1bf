ENDPOINTS = ()
def capture(*a): return []
def write(*a, **k): pass
