"""Witness values for the distributions: mpmath with 60 digits. Run: python distributions.py > distributions.csv"""
from mpmath import mp, mpf, betainc, gammainc, erfc, sqrt, findroot, log, exp, pi, gamma, loggamma

mp.dps = 60


def normal_sf(z):
    return erfc(mpf(z) / sqrt(2)) / 2


def tail_ibeta(a, b, x, y):
    """I_x(a, b) for x small compared with a/(a+b): prefix times hypergeometric series (all terms positive)."""
    prefix = exp(a * log(x) + b * log(y) - (loggamma(a) + loggamma(b) - loggamma(a + b))) / a
    term = total = mpf(1)
    k = 0
    while term > total * mpf(10) ** (10 - mp.dps):
        term *= (a + b + k) / (a + 1 + k) * x
        total += term
        k += 1
    return prefix * total


def ibeta(a, b, x, y):
    # Series in the variable with the smaller product (shape * variable): fewer terms; spare digits pay for the subtraction.
    if (a + b) * y < mpf(3000) and y < mpf("0.9"):
        with mp.workdps(420):
            return 1 - tail_ibeta(b, a, mpf(y), 1 - mpf(y))
    if x < (a + 1) / (a + b + 2):
        return tail_ibeta(a, b, x, y)
    return 1 - tail_ibeta(b, a, y, x)


def t_sf(t, df):
    t, df = mpf(t), mpf(df)
    if t < 0:
        return 1 - t_sf(-t, df)
    with mp.workdps(420):
        x = df / (df + t * t)
        y = 1 - x
    return ibeta(df / 2, mpf(1) / 2, x, y) / 2


def chi_sf(x, df):
    return gammainc(mpf(df) / 2, mpf(x) / 2, mp.inf, regularized=True)


def f_sf(x, d1, d2):
    x, d1, d2 = mpf(x), mpf(d1), mpf(d2)
    with mp.workdps(420):
        w = d2 / (d2 + d1 * x)
        v = 1 - w
    return ibeta(d2 / 2, d1 / 2, w, v)


def bisect_log(f, target, lo, hi):
    """Decreasing f; root of f(exp(u)) = target by bisection, then secant on the log."""
    g = lambda u: log(f(exp(u))) - log(target)
    for _ in range(14):
        mid = (lo + hi) / 2
        if g(mid) > 0:
            lo = mid
        else:
            hi = mid
    return exp(findroot(g, (lo, hi), solver="secant", tol=mpf(10) ** -60))


def row(name, args, value):
    print(",".join([name] + [repr(float(a)) for a in args] + [""] * (3 - len(args)) + [mp.nstr(value, 20)]))


print("function,a,b,c,value")
for z in (-37, -8, -3, -1.5, -0.25, 0, 0.25, 1, 1.96, 3, 6, 10, 20, 37):
    row("normal_sf", (z,), normal_sf(z))
for p in (1e-300, 1e-100, 1e-20, 1e-10, 1e-5, 0.001, 0.025, 0.05, 0.1, 0.25, 0.4, 0.499, 0.5001, 0.6, 0.9, 0.975, 0.999):
    q = mpf(p) if p < 0.5 else 1 - mpf(p)
    v = bisect_log(normal_sf, q, mpf(-12), mpf(4))
    row("normal_quantile", (p,), -v if p < 0.5 else v)
dfs = (0.5, 1, 1.5, 2, 3, 4.7, 5, 10, 29.3, 30, 100, 539, 1000, 12345.6, 1e5, 1e6)
for df in dfs:
    for t in (1e-8, 0.01, 0.3, 1, 1.7, 1.96, 2.5, 5, 10, 30, 36):
        row("t_sf", (t, df), t_sf(t, df))
    for p in (1e-300, 1e-100, 1e-30, 1e-10, 0.001, 0.025, 0.2, 0.3, 0.4999, 0.500001, 0.975):
        q = mpf(p) if p < 0.5 else 1 - mpf(p)
        if df < 1 and q < mpf(10) ** -100:
            continue
        v = bisect_log(lambda t: t_sf(t, df), q, mpf(-20), mpf(710))
        row("t_quantile", (p, df), -v if p < 0.5 else v)
row("t_sf", (1e300, 1), t_sf(mpf(10) ** 300, 1))
row("t_sf", (1e200, 1.4), t_sf(mpf(10) ** 200, 1.4))
for df in (1, 2, 3.5, 10, 99, 1000, 20000):
    for x in (1e-6, 0.1, 1, 3.84, 20, df, 1.2 * df, 1300):
        row("chi_sf", (x, df), chi_sf(x, df))
    for p in (1e-10, 1e-4, 0.025, 0.5, 0.9, 0.975, 0.999999):
        v = bisect_log(lambda x: chi_sf(x, df), 1 - mpf(p), mpf(-60), mpf(13))
        row("chi_quantile", (p, df), v)
for d1 in (1, 2, 7.5, 60):
    for d2 in (1, 2.3, 10, 539.5, 1e6):
        for x in (1e-3, 0.5, 2.9, 12):
            row("f_sf", (x, d1, d2), f_sf(x, d1, d2))
        for p in (0.001, 0.5, 0.975):
            v = bisect_log(lambda x: f_sf(x, d1, d2), 1 - mpf(p), mpf(-30), mpf(40))
            row("f_quantile", (p, d1, d2), v)
