# Three-level models and cluster-robust variances, for tests/pooling: writes three_level.json beside this file.
#
# Run:  Rscript three_level.R      (R 4.2.2, metafor 3.8-1, clubSandwich 0.5.8)
#
# rma.mv stops its search early (variances of 1e-12 instead of 0, relative errors of 1e-5), so its own numbers are no
# reference to 1e-6. Here the search is redone: the derivative of the log-likelihood, from dense matrices, is solved by
# nested uniroot() over a grid of both variances, edges included; rma.mv is then run at those variances (sigma2 =),
# and everything reported comes from that fit, from predict(), and from clubSandwich. `loglik_gain` says by how much
# the log-likelihood lies above that of rma.mv's own search; `dense_gap` that dense formula and rma.mv agree.

suppressPackageStartupMessages({ library(metafor); library(clubSandwich) })
options(warn = 1)

read_effects <- function(name) {
  d <- read.csv(paste0(name, ".csv"))
  d$yi <- atanh(d$r)
  d$vi <- 1 / (d$n - 3)
  d$sei <- sqrt(d$vi)
  d$study <- factor(d$study, levels = unique(d$study))
  d$row <- seq_len(nrow(d))
  d
}

# -2 log-likelihood and its derivatives in (between studies, between effects), metafor's constants.
dense <- function(d, X, reml) {
  Z <- tcrossprod(model.matrix(~ 0 + study, d))
  k <- nrow(X); p <- ncol(X)
  log_xx <- as.numeric(determinant(crossprod(X))$modulus)
  function(s, e) {
    V <- diag(d$vi + e, k) + s * Z
    R <- chol(V)
    W <- chol2inv(R)
    WX <- W %*% X
    XWX <- crossprod(X, WX)
    P <- W - WX %*% solve(XWX, t(WX))
    Py <- P %*% d$yi
    rss <- sum(d$yi * Py)
    deviance <- 2 * sum(log(diag(R))) + rss
    A <- W
    if (reml) {
      deviance <- deviance + (k - p) * log(2 * pi) + as.numeric(determinant(XWX)$modulus) - log_xx
      A <- P
    } else deviance <- deviance + k * log(2 * pi)
    list(deviance = deviance,
         by_study = sum(A * Z) - sum(Py * (Z %*% Py)),
         by_effect = sum(diag(A)) - sum(Py^2))
  }
}

# Every local minimum on [0, Inf) of a function with the given derivative; the best one by `value`.
best_on_half_line <- function(value, derivative, grid) {
  slopes <- sapply(grid, derivative)
  while (tail(slopes, 1) <= 0) {
    grid <- c(grid, 4 * tail(grid, 1)); slopes <- c(slopes, derivative(tail(grid, 1)))
    if (tail(grid, 1) > 1e6) stop("no upper end")
  }
  candidates <- if (slopes[1] >= 0) 0 else c()
  for (i in seq_along(grid)[-1])
    if (slopes[i - 1] < 0 && slopes[i] >= 0)
      candidates <- c(candidates, uniroot(derivative, grid[c(i - 1, i)], tol = 1e-17, maxiter = 1000)$root)
  values <- sapply(candidates, value)
  candidates[which.min(values)]
}

grid <- c(0, 10^seq(-5, 1, length.out = 19))

# The other variance at its best when one is fixed.
best_effect_given_study <- function(f, s) best_on_half_line(function(e) f(s, e)$deviance, function(e) f(s, e)$by_effect, grid)
best_study_given_effect <- function(f, e) best_on_half_line(function(s) f(s, e)$deviance, function(s) f(s, e)$by_study, grid)

optimum <- function(f) {
  # The derivative along the profile is the partial one (envelope).
  s <- best_on_half_line(function(s) f(s, best_effect_given_study(f, s))$deviance,
                         function(s) f(s, best_effect_given_study(f, s))$by_study, grid)
  c(s, best_effect_given_study(f, s))
}

profile_bounds <- function(f, profile, at, lowest) {
  cut <- qchisq(.95, 1)
  above <- function(x) profile(x) - lowest - cut
  low <- if (at == 0 || above(0) <= 0) 0 else uniroot(above, c(0, at), tol = 1e-14, maxiter = 1000)$root
  top <- max(2 * at, .01)
  while (above(top) < 0) top <- 2 * top
  c(low, uniroot(above, c(at, top), tol = 1e-14, maxiter = 1000)$root)
}

robust_of <- function(fit, cluster, several) {
  out <- list()
  for (type in c("CR0", "CR1", "CR2")) {
    V <- vcovCR(fit, cluster = cluster, type = type)
    test <- coef_test(fit, V, test = "Satterthwaite")
    ci <- conf_int(fit, V, test = "Satterthwaite")
    out[[type]] <- list(b = as.numeric(fit$b), se = test$SE, t = test$tstat, df = test$df_Satt, p = test$p_Satt,
                        ci_low = ci$CI_L, ci_high = ci$CI_U, vcov = as.numeric(V))
    if (several) {
      w <- Wald_test(fit, constrain_zero(2:fit$p), V, test = "HTZ")
      out[[type]]$htz <- list(f = w$Fstat, df1 = w$df_num, df2 = w$df_denom, p = w$p_val, delta = w$delta)
    }
  }
  out
}

fit_at <- function(d, X, method, sigma2)
  rma.mv(yi, vi, mods = X[, -1, drop = FALSE], random = ~ 1 | study / row, data = d, method = method, sigma2 = sigma2)

i_squared <- function(d, X, sigma2) {
  W <- diag(1 / d$vi)
  P <- W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W
  typical <- (nrow(X) - ncol(X)) / sum(diag(P))
  100 * sigma2 / (sum(sigma2) + typical)
}

numbers_of <- function(fit) {
  out <- list(b = as.numeric(fit$b), se = fit$se, z = fit$zval, p = fit$pval, ci_low = fit$ci.lb, ci_high = fit$ci.ub,
              vcov = as.numeric(vcov(fit)), loglik = as.numeric(logLik(fit)), qe = fit$QE, qe_p = fit$QEp)
  if (fit$p > 1) out <- c(out, list(qm = fit$QM, qm_p = fit$QMp))
  out
}

model_of <- function(d, formula, method) {
  X <- model.matrix(formula, d)
  f <- dense(d, X, method == "REML")
  best <- optimum(f)
  fit <- fit_at(d, X, method, best)
  lowest <- f(best[1], best[2])$deviance
  search <- rma.mv(yi, vi, mods = X[, -1, drop = FALSE], random = ~ 1 | study / row, data = d, method = method)
  out <- c(list(terms = colnames(X), sigma2 = best, sigma2_metafor = search$sigma2,
                loglik_gain = as.numeric(logLik(fit) - logLik(search)),
                dense_gap = as.numeric(logLik(fit)) + lowest / 2,
                i2 = i_squared(d, X, best)), numbers_of(fit))
  if (ncol(X) == 1) {
    at <- predict(fit)
    out <- c(out, list(pi_low = at$pi.lb, pi_high = at$pi.ub))
    by_study <- function(s) f(s, best_effect_given_study(f, s))$deviance
    by_effect <- function(e) f(best_study_given_effect(f, e), e)$deviance
    out$profile_study <- profile_bounds(f, by_study, best[1], lowest)
    out$profile_effect <- profile_bounds(f, by_effect, best[2], lowest)
    rough <- confint(search)
    out$profile_study_metafor <- as.numeric(rough[[1]]$random[1, 2:3])
    out$profile_effect_metafor <- as.numeric(rough[[2]]$random[1, 2:3])
    # Likelihood ratios of each variance, from rma.mv fits with the other one alone, polished too.
    only_effect <- c(0, best_effect_given_study(f, 0)); only_study <- c(best_study_given_effect(f, 0), 0)
    out$without_study <- list(sigma2 = only_effect, loglik = as.numeric(logLik(fit_at(d, X, method, only_effect))))
    out$without_effect <- list(sigma2 = only_study, loglik = as.numeric(logLik(fit_at(d, X, method, only_study))))
  }
  out$robust <- robust_of(fit, d$study, ncol(X) > 1)
  out
}

# The same numbers at variances nobody searched for: exact to rounding. (0, x) is the two-level model.
injected_of <- function(d, formula, sigma2) {
  X <- model.matrix(formula, d)
  fit <- fit_at(d, X, "REML", sigma2)
  out <- c(list(terms = colnames(X), sigma2 = sigma2), numbers_of(fit), list(robust = robust_of(fit, d$study, ncol(X) > 1)))
  if (sigma2[1] == 0) {
    two <- rma.uni(yi, vi, mods = X[, -1, drop = FALSE], data = d, tau2 = sigma2[2])
    out$robust_two_level <- robust_of(two, d$study, ncol(X) > 1)
  }
  out
}

formulas <- list(
  relationship_outcome = list(intercept = ~ 1, rater = ~ rater, egger = ~ sei),
  craft2003 = list(intercept = ~ 1, pair = ~ pair, egger = ~ sei),
  crede2010 = list(intercept = ~ 1, source = ~ source, egger = ~ sei),
  cohen1981 = list(intercept = ~ 1, egger = ~ sei))

out <- list(software = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
                            clubSandwich = as.character(packageVersion("clubSandwich"))))
for (name in names(formulas)) {
  d <- read_effects(name)
  entry <- list(k = nrow(d), studies = nlevels(d$study))
  for (term in names(formulas[[name]])) {
    cat(name, term, "\n")
    formula <- formulas[[name]][[term]]
    entry[[term]] <- list(REML = model_of(d, formula, "REML"), ML = model_of(d, formula, "ML"),
                          injected = list(injected_of(d, formula, c(.013, .021)), injected_of(d, formula, c(.2, .004)),
                                          injected_of(d, formula, c(0, .02)), injected_of(d, formula, c(.03, 0))))
  }
  out[[name]] <- entry
}

# A moderator that is 1 in one study only (the largest, the second largest, a single effect): CR2 needs a generalised inverse.
for (name in c("relationship_outcome", "crede2010")) {
  d <- read_effects(name)
  sizes <- table(d$study)
  chosen <- c(order(-sizes)[1:2], which(sizes == 1)[1])
  out[[name]]$alone <- lapply(unname(chosen), function(j) {
    X <- cbind(1, as.numeric(as.integer(d$study) == j))
    fit <- fit_at(d, X, "REML", c(.013, .021))
    test <- coef_test(fit, vcovCR(fit, cluster = d$study, type = "CR2"), test = "Satterthwaite")
    list(study = j - 1, se = test$SE, df = test$df_Satt)
  })
}

# Robust variances alone where every study has one effect: CR2 is HC2, at injected tau2.
for (name in c("molloy2014", "mcdaniel1994")) {
  d <- read_effects(name)
  two <- rma.uni(yi, vi, data = d, tau2 = .02)
  out[[name]] <- list(k = nrow(d), tau2 = .02, robust = robust_of(two, d$study, FALSE))
}
# jsonlite stops at 15 digits; these numbers are to read back exactly.
as_json <- function(x, indent = "") {
  if (is.list(x)) {
    inner <- paste0(indent, " ")
    parts <- vapply(x, as_json, "", indent = inner)
    if (is.null(names(x))) return(paste0("[", paste(parts, collapse = ", "), "]"))
    return(paste0("{\n", paste0(inner, "\"", names(x), "\": ", parts, collapse = ",\n"), "\n", indent, "}"))
  }
  texts <- if (is.character(x)) paste0("\"", x, "\"") else ifelse(is.finite(x), sprintf("%.17g", x), "null")
  if (length(texts) == 1) texts else paste0("[", paste(texts, collapse = ", "), "]")
}
writeLines(as_json(out), "three_level.json")
