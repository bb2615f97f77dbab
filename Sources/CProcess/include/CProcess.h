// What a program of Whisker does before its libraries are initialized (start.c). Nothing calls it, so nothing is declared.
