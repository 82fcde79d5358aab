#include <math.h>

/* Swift's own overlay of libc names this function, and nothing calls it; glibc gave it a new version in 2.35, which was all that kept the
   program from systems with 2.34. Of this program's own it is found first. Two squares of floats and their sum do not overflow a double. */
float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}
