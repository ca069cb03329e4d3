// The kernels whose fuel is compared with Wasmtime's and whose speed is compared with their plain form. Each shape stresses
// the meter in another way: tight loops, calls of leaves, recursion, a big switch, indirect calls, bulk memory.
//
//   clang --target=wasm32 -O2 -mbulk-memory -nostdlib -Wl,--no-entry -Wl,--strip-all kernels.c -o kernels.wasm
//   base64 -w0 kernels.wasm > kernels.wasm.base64

typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned long long u64;
typedef int i32;
#define EXPORT(name) __attribute__((export_name(name)))
#define APART __attribute__((noinline)) /* keeps a call a call */
static u8 buf[1 << 21];
static u8 buf2[1 << 21];
static u32 seed = 12345;
static u32 rnd() {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

// Sieve.
EXPORT("sieve") u32 sieve(u32 n) {
  u32 c = 0;
  for (u32 i = 0; i < n; i++)
    buf[i] = 1;
  for (u32 i = 2; i < n; i++) {
    if (buf[i]) {
      c++;
      for (u32 j = i + i; j < n; j += i)
        buf[j] = 0;
    }
  }
  return c;
}

// Fib.
APART static u32 fib_(u32 n) {
  return n < 2 ? n : fib_(n - 1) + fib_(n - 2);
}
EXPORT("fib") u32 fib(u32 n) {
  return fib_(n);
}

// Matmul.
static double A[200 * 200], B[200 * 200], C[200 * 200];
EXPORT("matmul") u32 matmul(u32 n) {
  for (u32 i = 0; i < n * n; i++) {
    A[i] = i % 7;
    B[i] = i % 11;
  }
  for (u32 i = 0; i < n; i++)
    for (u32 j = 0; j < n; j++) {
      double s = 0;
      for (u32 k = 0; k < n; k++)
        s += A[i * n + k] * B[k * n + j];
      C[i * n + j] = s;
    }
  double t = 0;
  for (u32 i = 0; i < n * n; i++)
    t += C[i];
  return (u32)t;
}

// Sha256.
static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
#define R(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
static u32 H[8];
APART static void blk(const u8 *p) {
  u32 w[64];
  for (int i = 0; i < 16; i++)
    w[i] = p[i * 4] << 24 | p[i * 4 + 1] << 16 | p[i * 4 + 2] << 8 | p[i * 4 + 3];
  for (int i = 16; i < 64; i++) {
    u32 a = R(w[i - 15], 7) ^ R(w[i - 15], 18) ^ (w[i - 15] >> 3),
        b = R(w[i - 2], 17) ^ R(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  u32 a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
  for (int i = 0; i < 64; i++) {
    u32 t1 = h + (R(e, 6) ^ R(e, 11) ^ R(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i],
        t2 = (R(a, 2) ^ R(a, 13) ^ R(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  H[0] += a;
  H[1] += b;
  H[2] += c;
  H[3] += d;
  H[4] += e;
  H[5] += f;
  H[6] += g;
  H[7] += h;
}
EXPORT("sha256") u32 sha(u32 n) {
  for (int i = 0; i < 8; i++)
    H[i] = K[i];
  for (u32 i = 0; i < n; i++)
    blk(buf + ((i * 64) & 0xfffff));
  return H[0];
}

// Json-like byte loop.
EXPORT("prepare") void prepare(void) {
  const char *s = "{\"name\":\"Alice \\\"x\\\"\",\"age\":  42, "
                  "\"tags\":[\"a\",\"bb\",\"ccc\"],\"ok\":true,\"n\":-12.5e3}\n";
  u32 j = 0;
  for (u32 i = 0; i < (1 << 20); i++) {
    buf2[i] = s[j++];
    if (!s[j])
      j = 0;
  }
}
EXPORT("json") u32 json(u32 reps) {
  u32 depth = 0, strs = 0, nums = 0, h = 0;
  for (u32 r = 0; r < reps; r++) {
    const u8 *p = buf2, *e = buf2 + (1 << 20);
    while (p < e) {
      u8 c = *p++;
      switch (c) {
        case '{':
        case '[':
          depth++;
          break;
        case '}':
        case ']':
          depth--;
          break;
        case '"':
          strs++;
          while (p < e && *p != '"') {
            if (*p == '\\')
              p++;
            h = h * 31 + *p;
            p++;
          }
          p++;
          break;
        case ' ':
        case '\n':
        case ',':
        case ':':
          break;
        default:
          if ((c >= '0' && c <= '9') || c == '-') {
            nums++;
            u32 v = 0;
            while (p < e && ((*p >= '0' && *p <= '9') || *p == '.' || *p == 'e')) {
              v = v * 10 + *p - '0';
              p++;
            }
            h += v;
          }
      }
    }
  }
  return h + strs * 3 + nums * 7 + depth;
}

// Memcpy by loop.
EXPORT("copyloop") u32 copyloop(u32 reps) {
  for (u32 r = 0; r < reps; r++) {
    volatile u8 *d = buf;
    const u8 *s = buf2;
    for (u32 i = 0; i < (1 << 20); i++)
      d[i] = s[i];
  }
  return buf[1000];
}

// Nbody.
typedef struct {
  double x, y, z, vx, vy, vz, m;
} Bd;
static Bd bs[5] = {{0, 0, 0, 0, 0, 0, 39.47},
                   {4.84, -1.16, -0.10, 0.606, 2.81, -0.02, 0.037},
                   {8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011},
                   {12.89, -15.11, -0.22, 1.08, 0.868, -0.01, 0.0017},
                   {15.37, -25.9, 0.179, 0.979, 0.594, -0.034, 0.002}};
EXPORT("nbody") u32 nbody(u32 n) {
  for (u32 s = 0; s < n; s++) {
    for (int i = 0; i < 5; i++) {
      Bd *b = bs + i;
      for (int j = i + 1; j < 5; j++) {
        Bd *c = bs + j;
        double dx = b->x - c->x, dy = b->y - c->y, dz = b->z - c->z;
        double d2 = dx * dx + dy * dy + dz * dz;
        double mag = 0.001 / (d2 * __builtin_sqrt(d2));
        b->vx -= dx * c->m * mag;
        b->vy -= dy * c->m * mag;
        b->vz -= dz * c->m * mag;
        c->vx += dx * b->m * mag;
        c->vy += dy * b->m * mag;
        c->vz += dz * b->m * mag;
      }
    }
    for (int i = 0; i < 5; i++) {
      bs[i].x += 0.001 * bs[i].vx;
      bs[i].y += 0.001 * bs[i].vy;
      bs[i].z += 0.001 * bs[i].vz;
    }
  }
  return (u32)(i32)(bs[0].x * 1e6);
}

// Quicksort.
static u32 qa[1 << 17];
APART static void qs(i32 l, i32 r) {
  while (l < r) {
    u32 p = qa[(l + r) >> 1];
    i32 i = l, j = r;
    while (i <= j) {
      while (qa[i] < p)
        i++;
      while (qa[j] > p)
        j--;
      if (i <= j) {
        u32 t = qa[i];
        qa[i] = qa[j];
        qa[j] = t;
        i++;
        j--;
      }
    }
    if (j - l < r - i) {
      qs(l, j);
      l = i;
    } else {
      qs(i, r);
      r = j;
    }
  }
}
EXPORT("qsort") u32 qsort_(u32 n) {
  seed = 12345;
  for (u32 i = 0; i < n; i++)
    qa[i] = rnd();
  qs(0, n - 1);
  u32 h = 0;
  for (u32 i = 0; i < n; i++)
    h = h * 31 + qa[i];
  return h;
}

// String search (naive + strlen/strcmp-like calls).
APART static u32 eq(const u8 *a, const u8 *b, u32 n) {
  for (u32 i = 0; i < n; i++)
    if (a[i] != b[i])
      return 0;
  return 1;
}
EXPORT("strsearch") u32 strsearch(u32 reps) {
  u32 c = 0;
  for (u32 r = 0; r < reps; r++)
    for (u32 i = 0; i < (1 << 20) - 8; i++)
      if (buf2[i] == 'a' && eq(buf2 + i, (const u8 *)"age\":  ", 7))
        c++;
  return c;
}

// Hash map.
typedef struct {
  u32 k, v;
} Ent;
static Ent hm[1 << 17];
APART static u32 hm_put(u32 k, u32 v) {
  u32 i = (k * 2654435761u) >> 15;
  while (hm[i].k && hm[i].k != k)
    i = (i + 1) & 0x1ffff;
  hm[i].k = k;
  hm[i].v += v;
  return i;
}
APART static u32 hm_get(u32 k) {
  u32 i = (k * 2654435761u) >> 15;
  while (hm[i].k) {
    if (hm[i].k == k)
      return hm[i].v;
    i = (i + 1) & 0x1ffff;
  }
  return 0;
}
EXPORT("hashmap") u32 hashmap(u32 n) {
  for (u32 i = 0; i < (1 << 17); i++)
    hm[i].k = hm[i].v = 0;
  seed = 777;
  for (u32 i = 0; i < n; i++)
    hm_put((rnd() & 0xffff) + 1, i);
  u32 h = 0;
  seed = 777;
  for (u32 i = 0; i < n; i++)
    h += hm_get((rnd() & 0x1ffff) + 1);
  return h;
}

// Tiny bytecode interpreter with a big switch.
static u8 prog[] = {1, 0, 10, 2, 0, 3, 1, 4, 0, 1, 5, 1, 0, 6, 2, 1, 7, 2, 3, 8, 0, 0xeb, 0};
EXPORT("interp") u32 interp(u32 n) {
  u32 r[8] = {0};
  u32 acc = 0;
  for (u32 k = 0; k < n; k++) {
    u32 pc = 0;
    r[0] = 50;
    r[1] = 3;
    for (;;) {
      switch (prog[pc]) {
        case 0:
          goto done;
        case 1:
          r[prog[pc + 1]] += prog[pc + 2];
          pc += 3;
          break;
        case 2:
          acc += r[prog[pc + 1]];
          pc += 2;
          break;
        case 3:
          r[prog[pc + 1]] ^= acc;
          pc += 2;
          break;
        case 4:
          r[prog[pc + 1]] += r[prog[pc + 2]] & 1;
          pc += 3;
          break;
        case 5:
          r[prog[pc + 1]] = r[prog[pc + 1]] * 3 + r[prog[pc + 2]];
          pc += 3;
          break;
        case 6:
          r[prog[pc + 1]] ^= r[prog[pc + 2]] >> 3;
          pc += 3;
          break;
        case 7:
          r[prog[pc + 1]] -= prog[pc + 2];
          pc += 3;
          break;
        case 8:
          r[0] -= 11;
          if (r[0] > 11 && r[0] < 100000) {
            pc = (pc + (signed char)prog[pc + 2]);
            if ((i32)pc < 0 || pc > 20)
              pc = 3;
          } else
            pc += 3;
          break;
        default:
          goto done;
      }
    }
  done:
    acc = acc * 7 + r[2];
  }
  return acc;
}

// Indirect calls (vtable-like).
typedef u32 (*fn)(u32, u32);
APART static u32 f0(u32 a, u32 b) {
  return a + b;
}
APART static u32 f1(u32 a, u32 b) {
  return a ^ (b << 1);
}
APART static u32 f2(u32 a, u32 b) {
  return a * 31 + b;
}
APART static u32 f3(u32 a, u32 b) {
  return a - (b >> 2);
}
static fn fns[4] = {f0, f1, f2, f3};
EXPORT("vcall") u32 vcall(u32 n) {
  u32 h = 1;
  for (u32 i = 0; i < n; i++)
    h = fns[(h >> 3) & 3](h, i);
  return h;
}

// Small direct calls in a loop, with branches (leaf accessors).
APART static u32 getb(u32 i) {
  return buf2[i & 0xfffff];
}
APART static u32 cls(u32 c) {
  if (c >= 'a' && c <= 'z')
    return 1;
  if (c >= '0' && c <= '9')
    return 2;
  if (c == '"')
    return 3;
  return 0;
}
EXPORT("leafcalls") u32 leafcalls(u32 n) {
  u32 h = 0;
  for (u32 i = 0; i < n; i++)
    h = h * 3 + cls(getb(i));
  return h;
}

// Crc32 bytewise (very tight loop, dependency bound).
static u32 ct[256];
EXPORT("crc") u32 crc(u32 reps) {
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++)
      c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    ct[i] = c;
  }
  u32 c = ~0u;
  for (u32 r = 0; r < reps; r++)
    for (u32 i = 0; i < (1 << 20); i++)
      c = ct[(c ^ buf2[i]) & 255] ^ (c >> 8);
  return ~c;
}

// Sum of bytes: the tightest loop of all, no dependency but add.
EXPORT("sum") u32 sum(u32 reps) {
  u32 s = 0;
  for (u32 r = 0; r < reps; r++) {
    for (u32 i = 0; i < (1 << 20); i++) {
      s += buf2[i];
      __asm__ volatile("");
    }
  }
  return s;
}

// Mandelbrot floats.
EXPORT("mandel") u32 mandel(u32 n) {
  u32 t = 0;
  for (u32 y = 0; y < n; y++)
    for (u32 x = 0; x < n; x++) {
      double cr = 2.0 * x / n - 1.5, ci = 2.0 * y / n - 1, zr = 0, zi = 0;
      u32 k = 0;
      while (k < 100 && zr * zr + zi * zi < 4) {
        double a = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = a;
        k++;
      }
      t += k;
    }
  return t;
}

// Binary tree: recursive build and sum (calls, pointer chasing).
typedef struct T {
  struct T *l, *r;
  u32 v;
} T;
static T tn[1 << 16];
static u32 tnn;
APART static T *mk(u32 d) {
  T *t = &tn[tnn++];
  t->v = d;
  if (d) {
    t->l = mk(d - 1);
    t->r = mk(d - 1);
  } else
    t->l = t->r = 0;
  return t;
}
APART static u32 tsum(T *t) {
  return t->l ? t->v + tsum(t->l) + tsum(t->r) : t->v;
}
EXPORT("tree") u32 tree(u32 reps) {
  u32 s = 0;
  for (u32 i = 0; i < reps; i++) {
    tnn = 0;
    s += tsum(mk(14));
  }
  return s;
}

// N-queens, recursive with loop.
APART static u32 nq(u32 n, u32 c, u32 l, u32 r) {
  u32 full = (1u << n) - 1;
  if (c == full)
    return 1;
  u32 s = 0, b = full & ~(c | l | r);
  while (b) {
    u32 x = b & -b;
    b ^= x;
    s += nq(n, c | x, (l | x) << 1, (r | x) >> 1);
  }
  return s;
}
EXPORT("queens") u32 queens(u32 n) {
  return nq(n, 0, 0, 0);
}

// Recursive-descent expression evaluator (mutual recursion).
static const u8 *px;
static u32 pe(void);
APART static u32 pa(void) {
  if (*px == '(') {
    px++;
    u32 v = pe();
    px++;
    return v;
  }
  u32 v = 0;
  while (*px >= '0' && *px <= '9')
    v = v * 10 + *px++ - '0';
  return v;
}
APART static u32 pt(void) {
  u32 v = pa();
  while (*px == '*') {
    px++;
    v *= pa();
  }
  return v;
}
APART static u32 pe(void) {
  u32 v = pt();
  while (*px == '+' || *px == '-') {
    u8 o = *px++;
    u32 w = pt();
    v = o == '+' ? v + w : v - w;
  }
  return v;
}
EXPORT("expr") u32 expr(u32 reps) {
  u32 s = 0;
  for (u32 i = 0; i < reps; i++) {
    px = (const u8 *)"(1+2*(3+4)-5)*(6+7*(8-9+10*(11+12)))+13*14*(15-(16+17))";
    s += pe();
  }
  return s;
}

// Memmove/memcpy calls of small sizes (bulk memory ops).
EXPORT("bulk") u32 bulk(u32 n) {
  u32 o = 0;
  for (u32 i = 0; i < n; i++) {
    __builtin_memcpy(buf + (o & 0xffff), buf2 + (i & 0xffff), 8 + (i & 63));
    o += 72;
  }
  return buf[5];
}
