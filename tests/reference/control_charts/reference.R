# Reference values for control charts, funnels and case mix: base R 4.2.2, qicharts2 0.8.1, NHSRplotthedots 0.2.2, FunnelPlotR 0.6.0.
# The packages' own calculations, called below their plots. All data are made up. Usage, in this folder: Rscript reference.R
suppressMessages(library(jsonlite))
qi <- asNamespace("qicharts2"); dots <- asNamespace("NHSRplotthedots"); fp <- asNamespace("FunnelPlotR")
set.seed(20)

chart <- function(y, y.sum = NA, n = NA) data.frame(x = seq_along(y), y = y, y.sum = y.sum, n = n, cl = NA_real_, baseline = TRUE, include = TRUE)
lines_of <- function(d) list(center = d$cl[1], low = d$lcl, high = d$ucl)

# NHSRplotthedots uses 2.66 where qicharts2 uses 3/1.128.
xmr <- function(y, screen) {
  d <- data.frame(value = y, date = as.Date("2020-01-01") + seq_along(y), rebase = 0)
  o <- list(value_field = "value", date_field = "date", facet_field = NULL, fix_after_n_points = NULL, trajectory = NULL, screen_outliers = screen)
  as.data.frame(dots$ptd_spc_standard(d, o))
}
series <- list(
  c(40, 42, 39, 45, 41, 38, 44, 43, 40, 42, 36, 41),
  round(rnorm(24, 50, 4), 1),
  c(round(rnorm(14, 20, 2), 1), round(rnorm(10, 27, 2), 1)),
  c(round(rnorm(9, 5, 1), 2), 19, round(rnorm(9, 5, 1), 2)),
  c(3, 4, 5, 6, 7, 8, 9, 10, 4, 5, 3, 6, 5, 4, 12, 2),
  round(cumsum(rnorm(30)), 2))
individuals <- lapply(series, function(y) {
  plain <- xmr(y, FALSE); screened <- xmr(y, TRUE)
  options(qic.screenedmr = TRUE); narrow <- qi$qic.i(chart(y)); options(qic.screenedmr = FALSE)
  stopifnot(all.equal((narrow$ucl - narrow$cl) / 3 * 1.128 * 2.66, screened$upl - screened$mean_col))
  list(values = y, center = plain$mean_col[1], low = plain$lpl, high = plain$upl, screened_low = screened$lpl, screened_high = screened$upl,
    outside = as.logical(plain$outside_limits),
    one_side = dots$ptd_part_of_seven_trend(dots$ptd_seven_point_one_side_mean(plain$relative_to_mean)) == 1,
    trend = dots$ptd_part_of_seven_trend(dots$ptd_seven_point_trend(y)) == 1,
    # Of the package's two of three, which leave out what is outside and want the third on the same side.
    two_of_three = dots$ptd_part_of_two_in_three(dots$ptd_two_in_three(plain$close_to_limits, plain$relative_to_mean), plain$close_to_limits) == 1)
})

months <- list(
  list(count = c(12, 15, 9, 20, 14, 11, 18, 16, 10, 13, 30, 12), of = c(40, 42, 38, 51, 45, 40, 52, 48, 37, 41, 50, 39)),
  list(count = c(500, 620, 480, 640, 555, 601), of = c(1000, 1100, 950, 1200, 1010, 990)),
  list(count = c(1, 0, 2, 3, 0, 1), of = c(6, 4, 9, 11, 5, 7)),
  list(count = c(2, 0, 3, 4, 0, 1), of = c(6, 0, 9, 11, 5, 7)))
shares <- lapply(months, function(m) {
  d <- chart(m$count / m$of, m$count, m$of)
  p <- qi$qic.p(d); pp <- qi$qic.pp(d)
  known <- m$of > 0   # The package has no limits that can be drawn for a month without clients.
  list(count = m$count, of = m$of, known = known, center = p$cl[1], low = p$lcl[known], high = p$ucl[known], prime_low = pp$lcl[known], prime_high = pp$ucl[known])
})

runs <- lapply(c(series, list(c(1, 1, 1), c(2, 1, 3, 2, 2, 5, 1, 0))), function(y) {
  d <- chart(y); d$cl <- median(y)
  r <- qi$runs.analysis(d, "anhoej")[1, ]
  list(values = y, center = median(y), longest_run = r$longest.run, longest_allowed = r$longest.run.max, crossings = r$n.crossings, fewest_crossings = r$n.crossings.min)
})
n <- c(1:200, 1024, 1500, 5000)
allowed <- list(n = n, longest = round(log2(n)) + 3, fewest = qbinom(0.05, n - 1, 0.5))

# How often charts of 24 months without a change are marked, for the words about them.
no_change <- replicate(2000, {
  d <- xmr(rnorm(24), FALSE); k <- chart(d$y); k$cl <- median(d$y)
  c(any(d$outside_limits), any(dots$ptd_seven_point_one_side_mean(d$relative_to_mean) == 1), any(dots$ptd_seven_point_trend(d$y) != 0),
    any(dots$ptd_two_in_three(d$close_to_limits, d$relative_to_mean) == 1), qi$runs.analysis(k, "anhoej")$runs.signal[1])
})
cat("marked without a change: any of four rules", mean(colSums(no_change[1:4, ]) > 0), "each", rowMeans(no_change[1:4, ]), "Anhoej", mean(no_change[5, ]), "\n")

clinics <- list(
  list(count = c(30, 45, 22, 60, 18, 50, 41, 12), of = c(60, 80, 50, 90, 45, 100, 60, 40)),
  list(count = c(30, 45, 22, 60, 18, 80, 41, 2), of = c(60, 80, 50, 90, 45, 100, 60, 40)),
  list(count = c(30.4, 41.7, 24.2, 50.9), of = c(60, 80, 50, 100)),
  list(count = c(10, 90), of = c(50, 110)),
  list(count = c(0, 50, 11, 24, 26, 23), of = c(20, 50, 22, 50, 50, 47)))
funnels <- lapply(clinics, function(d) lapply(c(none = 0, ten = 0.1), function(trim) {
  a <- data.frame(group = seq_along(d$count), numerator = d$count, denominator = d$of, rr = d$count / d$of)
  a <- fp$winsorisation(fp$transformed_zscore(a, "PR", "SHMI"), trim)
  k <- nrow(a); phi <- fp$phi_func(k, a$Wuzscore); tau2 <- fp$tau_func(k, phi, a$s)
  target <- sum(d$count) / sum(d$of)
  # In ascending order and close together: that is how the package finds where the angle leaves the quarter circle.
  at <- data.frame(number_seq = 3:(max(d$of) + 1))
  l <- fp$calculate_limits(at, "PR", "SHMI", 1, tau2, target, TRUE)
  l <- l[match(d$of, l$number_seq), ]
  list(count = d$count, of = d$of, target = target, phi = phi, tau_squared = tau2, z = a$Uzscore,
    low95 = l$odll95, high95 = l$odul95, low998 = l$odll998, high998 = l$odul998)
}))

# A logistic model with predictors on very different scales, one of them nearly repeating another.
k <- 240
severity <- round(rnorm(k, 15, 5), 1)
days <- round(runif(k, 1, 400)); earlier <- rbinom(k, 1, 0.3)
again <- round(severity * 1000 + rnorm(k, 0, 400))
recovered <- rbinom(k, 1, plogis(1.5 - 0.14 * severity - 0.003 * days + 0.6 * earlier)) == 1
d <- data.frame(recovered, severity, days, earlier, again)
g <- glm(recovered ~ ., binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100))
rare <- data.frame(y = (1:300 %in% c(40, 150, 299)), x = as.numeric(1:300), z = as.numeric(1:300 %% 7))
r <- glm(y ~ ., binomial, rare, control = glm.control(epsilon = 1e-15, maxit = 100))
# Nearly separated: two of forty overlap, and the log odds at the ends are large.
steep <- data.frame(y = c(rep(FALSE, 19), TRUE, FALSE, rep(TRUE, 19)), x = c(1:19, 17.5, 24.5, 22:40))
s <- glm(y ~ x, binomial, steep, control = glm.control(epsilon = 1e-15, maxit = 100))
stopifnot(g$converged, r$converged, s$converged)
case_mix <- list(
  list(outcome = d$recovered, predictors = list(severity, days, earlier, again), expected = unname(fitted(g))),
  list(outcome = rare$y, predictors = list(rare$x, rare$z), expected = unname(fitted(r))),
  list(outcome = steep$y, predictors = list(steep$x), expected = unname(fitted(s))))

moved <- do.call(rbind, lapply(list(c(.25, .06, .40, .08), c(.5, .1, .1, .15), c(1, .2, 1, .3), c(-.3, .01, .3, .01)), function(x) do.call(rbind, lapply(c(.9, .95), function(level) {
  se <- sqrt(x[2]^2 + x[4]^2); diff <- x[3] - x[1]
  ci <- diff + qnorm((1 + c(-level, level)) / 2) * se
  data.frame(before = x[1], before_se = x[2], after = x[3], after_se = x[4], level, difference = diff, low = ci[1], high = ci[2], p = 2 * pnorm(-abs(diff / se)))
}))))

values <- list(individuals = individuals, shares = shares, runs = runs, allowed = allowed, funnels = funnels, case_mix = case_mix, moved = moved)
writeLines(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null"), "reference.json")
