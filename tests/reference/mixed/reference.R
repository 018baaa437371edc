# Reference values for linear mixed models: lme4 1.1-31, lmerTest 3.1-3 (R 4.2.2).
# Data sets of the R package lme4 (GPL >= 2): sleepstudy, Dyestuff, Dyestuff2, Pastes. Searches re-converged: bobyqa, rhoend 1e-11.
# Usage, in this folder: Rscript reference.R [../clinic]
suppressMessages({library(lme4); library(lmerTest); library(jsonlite)})
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-11, maxfun = 1e6), calc.derivs = FALSE, check.conv.singular = "ignore")
# bobyqa compares deviances, so theta is good to 1e-7 at best: Newton steps on Richardson derivatives of lme4's own deviance finish the search.
polished <- function(formula, data, reml) {
  parsed <- lFormula(formula, data, REML = reml, control = lmerControl(check.nobs.vs.nRE = "ignore"))
  devfun <- do.call(mkLmerDevfun, parsed)
  theta <- suppressWarnings(lme4::lmer(formula, data, REML = reml, control = control))@theta
  lower <- environment(devfun)$lower
  theta[lower == 0 & theta < 1e-5] <- 0
  free <- which(theta != 0)
  at <- function(x) { full <- theta; full[free] <- x; devfun(full) }
  steps <- list(d = 0.02, eps = 1e-3, r = 6)
  if (length(free) > 0) for (i in 1:6) {
    x <- theta[free]
    theta[free] <- x - solve(numDeriv::hessian(at, x, method.args = steps), numDeriv::grad(at, x, method.args = steps))
  }
  value <- devfun(theta)
  model <- mkMerMod(environment(devfun), list(par = theta, fval = value, feval = 1, conv = 0, message = ""), parsed$reTrms, parsed$fr)
  lmerTest:::as_lmerModLT(as(model, "lmerMod"), devfun)
}
tidy <- function(formula, data, profile = FALSE, modes = FALSE) {
  one <- function(reml) {
    fit <- polished(formula, data, reml)
    coef <- coef(summary(fit))
    v <- as.data.frame(VarCorr(fit))
    out <- list(theta = unname(getME(fit, "theta")), estimate = unname(coef[, 1]), se = unname(coef[, 2]), df = unname(coef[, 3]), t = unname(coef[, 4]), p = unname(coef[, 5]),
      covariance = unname(as.matrix(vcov(fit))), variance = setNames(as.list(v$vcov), paste(v$grp, v$var1, v$var2, sep = "|")), loglik = as.numeric(logLik(fit)))
    if (modes) {
      r <- ranef(fit, condVar = TRUE)
      out$modes <- lapply(r, function(d) lapply(d, identity))
      out$mode_se <- lapply(r, function(d) { a <- attr(d, "postVar"); lapply(seq_len(dim(a)[1]), function(i) sqrt(a[i, i, ])) })
      out$mode_names <- lapply(r, rownames)
    }
    out
  }
  out <- list(reml = one(TRUE), ml = one(FALSE))
  if (profile) {
    fit <- lme4::lmer(formula, data, REML = FALSE, control = control)
    ci <- suppressWarnings(suppressMessages(confint(fit, method = "profile", quiet = TRUE)))
    out$profile <- setNames(lapply(seq_len(nrow(ci)), function(i) unname(ci[i, ])), rownames(ci))
  }
  out
}
write.csv(sleepstudy, "sleepstudy.csv", row.names = FALSE, quote = FALSE)
write.csv(Dyestuff, "dyestuff.csv", row.names = FALSE, quote = FALSE)
write.csv(Dyestuff2, "dyestuff2.csv", row.names = FALSE, quote = FALSE)
pastes <- Pastes[, c("strength", "batch", "sample")]
write.csv(pastes, "pastes.csv", row.names = FALSE, quote = FALSE)
values <- list(
  sleepstudy = tidy(Reaction ~ Days + (1 + Days | Subject), sleepstudy, TRUE, TRUE),
  sleepstudy_intercept = tidy(Reaction ~ Days + (1 | Subject), sleepstudy, TRUE, TRUE),
  dyestuff = tidy(Yield ~ 1 + (1 | Batch), Dyestuff, TRUE, TRUE),
  dyestuff2 = tidy(Yield ~ 1 + (1 | Batch), Dyestuff2, TRUE, TRUE),
  pastes = tidy(strength ~ 1 + (1 | batch / sample), pastes, TRUE, TRUE))
# lme4's deviance at chosen theta, without a search.
at <- function(formula, data, thetas) lapply(thetas, function(theta) list(theta = theta,
  reml = suppressMessages(lme4::lmer(formula, data, devFunOnly = TRUE, REML = TRUE))(theta),
  ml = suppressMessages(lme4::lmer(formula, data, devFunOnly = TRUE, REML = FALSE))(theta)))
values$deviance <- list(
  dyestuff = at(Yield ~ 1 + (1 | Batch), Dyestuff, list(0, 0.3, 0.848330078125, 5, 100)),
  pastes = at(strength ~ 1 + (1 | batch / sample), pastes, list(c(0, 0), c(1, 0), c(0, 1), c(3.5, 1.3), c(20, 30))),
  sleepstudy = at(Reaction ~ Days + (1 + Days | Subject), sleepstudy, list(c(0, 0, 0), c(1, 0, 1), c(0.9, 0.02, 0.2), c(0.5, -0.4, 0), c(10, 5, 3))))
# Unbalanced, nested, three rows of predictors; and a singular slope covariance: simulated here, kept as CSV.
set.seed(20240601)
rows <- do.call(rbind, lapply(1:12, function(t) do.call(rbind, lapply(1:sample(1:6, 1), function(c) {
  n <- sample(1:7, 1); data.frame(therapist = t, client = 100 * t + c, session = seq_len(n), alliance = round(rnorm(n, 45 + rnorm(1, 0, 4), 5)))}))))
rows$y <- round(3 + 0.1 * rows$alliance - 0.2 * rows$session + rnorm(12, 0, 1)[rows$therapist] + rnorm(2000)[rows$client] * 1.5 + rnorm(nrow(rows), 0, 2), 3)
write.csv(rows, "nested.csv", row.names = FALSE, quote = FALSE)
values$nested <- tidy(y ~ session + alliance + (1 | therapist / client), rows, TRUE, TRUE)
values$nested_slope <- tidy(y ~ session + alliance + (1 + session | client), rows, TRUE, TRUE)
singular <- do.call(rbind, lapply(1:25, function(c) { n <- sample(3:6, 1); b <- rnorm(1)
  data.frame(client = c, session = seq_len(n), y = round(10 + 2 * b + (0.3 - 0.4 * b) * seq_len(n) + rnorm(n), 3)) }))
write.csv(singular, "singular.csv", row.names = FALSE, quote = FALSE)
values$singular <- tidy(y ~ session + (1 + session | client), singular, FALSE, TRUE)
# The questions of the made-up clinic, as data frames of complete rows.
sessions <- read.csv("../clinic/sessions.csv"); outcomes <- read.csv("../clinic/outcomes.csv")
sessions <- sessions[order(sessions$client_id, sessions$session), ]
early <- aggregate(alliance ~ client_id, sessions[sessions$session <= 5 & !is.na(sessions$alliance), ], mean)
first <- sessions[!duplicated(sessions$client_id), c("client_id", "therapist_id")]
d <- merge(merge(outcomes, early), first)
d <- d[!is.na(d$pre) & !is.na(d$post) & !is.na(d$alliance) & d$therapist_id != "", ]
d$opost <- -d$post; d$opre <- -d$pre
d$ab <- ave(d$alliance, d$therapist_id); d$aw <- d$alliance - d$ab
clinic <- list(between_within = tidy(opost ~ opre + ab + aw + (1 | therapist_id), d), icc_alliance = tidy(alliance ~ 1 + (1 | therapist_id), d), icc_outcome = tidy(opost ~ opre + (1 | therapist_id), d))
before <- data.frame(client_id = sessions$client_id, session = sessions$session + 1, ylag = -sessions$symptom, alag = sessions$alliance)
l <- merge(sessions, before); l$y <- -l$symptom
l$therapist_id <- first$therapist_id[match(l$client_id, first$client_id)]
l <- l[!is.na(l$y) & !is.na(l$ylag) & !is.na(l$alag) & l$therapist_id != "", ]
l$amean <- ave(l$alag, l$client_id); l$adev <- l$alag - l$amean
clinic$lagged <- tidy(y ~ ylag + adev + amean + session + (1 | client_id), l)
clinic$nested <- tidy(y ~ ylag + adev + amean + session + (1 | therapist_id / client_id), l)
g <- sessions[sessions$session <= 8 & !is.na(sessions$alliance), ]
clinic$growth <- tidy(alliance ~ session + (1 + session | client_id), g)
values$clinic <- clinic
# The repeated-measures correlation is the common slope of an analysis of covariance; ICC(1) and ICC(2) are those of a one-way analysis of variance.
w <- sessions[!is.na(sessions$alliance) & !is.na(sessions$symptom), ]; w$y <- -w$symptom
often <- w[w$client_id %in% names(which(table(w$client_id) > 1)), ]
line <- lm(y ~ client_id + alliance, often); table <- anova(line)
icc <- function(y, g) { a <- anova(lm(y ~ g)); n <- table(g); k <- length(n); n0 <- (sum(n) - sum(n^2) / sum(n)) / (k - 1)
  b <- a$`Mean Sq`[1]; e <- a$`Mean Sq`[2]; i <- (b - e) / (b + (n0 - 1) * e); h <- 1 / mean(1 / n)
  list(icc1 = i, icc2 = (b - e) / b, n0 = n0, lambda = mean(n) * i / (1 + (mean(n) - 1) * i), lambda_harmonic = h * i / (1 + (h - 1) * i)) }
means <- aggregate(cbind(alliance, y) ~ client_id, w, mean)
values$correlation <- list(rows = nrow(w), clients = nrow(means), dropped = nrow(means) - length(unique(often$client_id)),
  repeated = sign(coef(line)["alliance"])[[1]] * sqrt(table["alliance", "Sum Sq"] / (table["alliance", "Sum Sq"] + table["Residuals", "Sum Sq"])),
  df = table["Residuals", "Df"], p = table["alliance", "Pr(>F)"], between = cor(means$alliance, means$y), total = cor(w$alliance, w$y),
  alliance = icc(w$alliance, w$client_id), symptom = icc(w$y, w$client_id))
# Detrended: residuals of the alliance on the session within each client of 3 and more ratings; correlation of residuals of both.
long <- w[w$client_id %in% names(which(table(w$client_id) > 2)), ]
values$detrended <- list(rows = nrow(long), clients = length(unique(long$client_id)),
  within = with(long, cor(resid(lm(alliance ~ client_id * session)), resid(lm(y ~ client_id * session)))), first = unname(resid(lm(alliance ~ session, long[long$client_id == long$client_id[1], ]))), client = long$client_id[1])
# Profile limits as roots (confint interpolates): the deviance with one standard deviation fixed, random intercepts, ML.
limits <- function(formula, data) {
  fit <- polished(formula, data, FALSE); devfun <- suppressMessages(lme4::lmer(formula, data, devFunOnly = TRUE, REML = FALSE))
  full <- function(theta, sigma) { devfun(theta); e <- environment(devfun); e$pp$ldL2() + (e$resp$wrss() + e$pp$sqrL(1)) / sigma^2 + nrow(data) * log(2 * pi * sigma^2) }
  lowest <- devfun(fit@theta) + qchisq(.95, 1); s <- sigma(fit); b <- s * fit@theta
  of_sd <- function(v) optimize(function(u) full(v / exp(u), exp(u)), log(s) + c(-1.5, 1.5), tol = 1e-9)$objective - lowest
  of_sigma <- function(v) optimize(function(theta) full(theta, v), c(0, 4 * fit@theta + 2), tol = 1e-9)$objective - lowest
  root <- function(f, low, high) if (f(low) * f(high) > 0) 0 else uniroot(f, c(low, high), tol = 1e-10)$root
  list(sd = c(root(of_sd, 1e-9, b), root(of_sd, b, 6 * b)), sigma = c(root(of_sigma, s / 3, s), root(of_sigma, s, 3 * s)))
}
values$limits <- list(dyestuff = limits(Yield ~ 1 + (1 | Batch), Dyestuff), sleepstudy_intercept = limits(Reaction ~ Days + (1 | Subject), sleepstudy))
# confint misses the lower limit between therapists by .7 %: as a root of the deviance minimised over the other two parameters.
parent_limit <- local({
  fit <- polished(y ~ session + alliance + (1 | therapist / client), rows, FALSE)
  devfun <- suppressMessages(lme4::lmer(y ~ session + alliance + (1 | therapist / client), rows, devFunOnly = TRUE, REML = FALSE))
  full <- function(theta, sigma) { devfun(theta); e <- environment(devfun); e$pp$ldL2() + (e$resp$wrss() + e$pp$sqrL(1)) / sigma^2 + nrow(rows) * log(2 * pi * sigma^2) }
  excess <- function(v) optim(c(fit@theta[1], log(sigma(fit))), function(x) full(c(abs(x[1]), v / exp(x[2])), exp(x[2])), method = "BFGS", control = list(reltol = 1e-14))$value - devfun(fit@theta) - qchisq(.95, 1)
  uniroot(excess, c(0.3, 1), tol = 1e-9)$root
})
values$limits$nested_parent_low <- parent_limit
# Likelihood-ratio statistics between nested models (REML), to which the mixtures of chi-squared apply.
reml <- function(formula, data) as.numeric(logLik(lme4::lmer(formula, data, control = control)))
values$likelihood_ratio <- list(
  sleepstudy_slope = 2 * (values$sleepstudy$reml$loglik - values$sleepstudy_intercept$reml$loglik),
  dyestuff = 2 * (values$dyestuff$reml$loglik - as.numeric(logLik(lm(Yield ~ 1, Dyestuff), REML = TRUE))),
  pastes_batch = 2 * (values$pastes$reml$loglik - reml(strength ~ 1 + (1 | batch:sample), pastes)),
  pastes_sample = 2 * (values$pastes$reml$loglik - reml(strength ~ 1 + (1 | batch), pastes)))
write(toJSON(values, digits = NA, auto_unbox = TRUE, pretty = TRUE), "expected.json")
