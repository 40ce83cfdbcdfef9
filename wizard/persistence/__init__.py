"""The dataset of a server: statistics, saves, evictions, quiescing before a stop, data files, time-outs of loading."""
