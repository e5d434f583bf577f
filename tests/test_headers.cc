// Nothing of its own: a target whose only source goes without the precompiled header would not make one.
