"""What a long run needs beside learning: checkpoints, the EMA, processes, interrupts, meters."""
