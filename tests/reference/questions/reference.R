# Reference values for the statistics of the remaining questions: base R 4.2.2, psych 2.2.9 (alpha), cocor 1.1-4 (Steiger's z, Zou's interval).
# Data sets of base R: longley, sleep, attitude; session 3 of the made-up clinic. Usage, in this folder: Rscript reference.R
suppressMessages({library(psych); library(cocor); library(jsonlite)})
level <- 0.95

fit <- lm(Employed ~ ., longley)
coefficients <- summary(fit)$coefficients
at <- longley[c(1, 8), ]
expected <- predict(fit, at, se.fit = TRUE, interval = "confidence", level = level)
longley_values <- list(
  predictors = lapply(longley[, 1:6], identity), outcome = longley$Employed,
  estimate = unname(coefficients[, 1]), se = unname(coefficients[, 2]), t = unname(coefficients[, 3]), p = unname(coefficients[, 4]),
  confint = unname(confint(fit, level = level)), df = fit$df.residual, sigma = summary(fit)$sigma,
  at = unname(as.matrix(at[, 1:6])), fitted = unname(expected$fit), fitted_se = unname(expected$se.fit))

# Simple slopes by moving the moderator's zero and fitting again.
moderated <- lapply(c(-1, 0, 1), function(k) {
  d <- data.frame(y = attitude$rating, a = attitude$complaints - mean(attitude$complaints))
  d$m <- attitude$learning - mean(attitude$learning) - k * sd(attitude$learning)
  f <- lm(y ~ a + m + I(a * m), d)
  c <- summary(f)$coefficients
  list(k = k, estimate = c["a", 1], se = c["a", 2], t = c["a", 3], p = c["a", 4], confint = unname(confint(f, "a", level = 0.9)[1, ]))
})

wilson <- do.call(rbind, lapply(list(c(0, 12), c(7, 20), c(12, 12), c(1, 1), c(1, 1000), c(250, 544), c(999999, 1000000)), function(x)
  do.call(rbind, lapply(c(0.9, 0.95), function(l) {
    ci <- suppressWarnings(prop.test(x[1], x[2], conf.level = l, correct = FALSE))$conf.int
    data.frame(count = x[1], of = x[2], level = l, low = ci[1], high = ci[2])
  }))))

scale <- function(items) {
  a <- suppressWarnings(alpha(items, warnings = FALSE))
  raw <- a$total$raw_alpha
  ci <- lapply(c(0.05, 0.1), function(p) alpha.ci(raw, nrow(items), ncol(items), p.val = p))
  list(n = nrow(items), alpha = raw, ci95 = c(ci[[1]]$lower.ci, ci[[1]]$upper.ci), ci90 = c(ci[[2]]$lower.ci, ci[[2]]$upper.ci), item_rest = a$item.stats$r.drop)
}
sessions <- read.csv("../clinic/sessions.csv")
third <- na.omit(sessions[sessions$session == 3, c("heard", "safe", "seen")])
turned <- attitude
turned$privileges <- 150 - turned$privileges

t_sleep <- t.test(sleep$extra[sleep$group == 2], sleep$extra[sleep$group == 1], paired = TRUE)
differences <- sleep$extra[sleep$group == 2] - sleep$extra[sleep$group == 1]

dependent <- do.call(rbind, lapply(list(
  c(.2, .5, .1, 315), c(.4, .5, .1, 103), c(.3, .4, .5, 100), c(.396, .179, .088, 66), c(.5, .6, .7, 100), c(-.3, .4, -.6, 40), c(.9, .85, .95, 25), c(.22, .23, .43, 544)),
  function(x) do.call(rbind, lapply(c(0.9, 0.95), function(l) {
    r <- cocor.dep.groups.overlap(x[1], x[2], x[3], x[4], test = c("steiger1980", "zou2007"), conf.level = l)
    data.frame(first = x[1], second = x[2], between = x[3], n = x[4], level = l, z = r@steiger1980$statistic,
      p = 2 * pnorm(-abs(r@steiger1980$statistic)), low = r@zou2007$conf.int[1], high = r@zou2007$conf.int[2])
  }))))

values <- list(
  longley = longley_values, moderated = moderated, wilson = wilson,
  attitude = lapply(attitude, identity),
  alpha = list(clinic = scale(third), attitude = scale(attitude), turned = scale(turned)),
  paired = list(differences = differences, mean = unname(t_sleep$estimate), sd = sd(differences), se = unname(t_sleep$stderr), t = unname(t_sleep$statistic),
    df = unname(t_sleep$parameter), p = t_sleep$p.value, ci95 = as.numeric(t_sleep$conf.int), n = length(differences)),
  dependent = dependent)
writeLines(toJSON(values, digits = NA, auto_unbox = TRUE, matrix = "rowmajor"), "reference.json")
