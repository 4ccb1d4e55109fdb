"""Long work in bounded steps that commands begin: recomputations of boards, and purges of deleted ones."""
